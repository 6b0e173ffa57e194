package softmax_test

import (
	"math"
	"testing"

	"ringmaster/model/softmax"
)

func TestMeanOfTeachers(t *testing.T) {
	logits := [][]float32{{2, 0.5, -1}, {-3, 4, 0}, {90, -90, 0}}
	for _, temperature := range []float64{0.5, 1, 4} {
		want := make([]float64, 3)
		for _, of := range logits {
			sum := 0.0
			for _, z := range of {
				sum += math.Exp(float64(z) / temperature)
			}
			for i, z := range of {
				want[i] += math.Exp(float64(z)/temperature) / sum / float64(len(logits))
			}
		}
		mean := softmax.Mean(logits, temperature)
		sum := 0.0
		for _, z := range mean {
			sum += math.Exp(float64(z) / temperature)
		}
		for i, z := range mean {
			if got := math.Exp(float64(z)/temperature) / sum; math.Abs(got-want[i]) > 1e-6 {
				t.Errorf("at %v, probability %d is %v, want %v", temperature, i, got, want[i])
			}
		}
	}
}

func TestStandardizedLogits(t *testing.T) {
	got := softmax.Standardized([]float32{1, 2, 6})
	mean, squares := 0.0, 0.0
	for _, z := range got {
		mean += float64(z) / 3
		squares += float64(z) * float64(z) / 2
	}
	if math.Abs(mean) > 1e-6 || math.Abs(squares-1) > 1e-6 || !(got[0] < got[1] && got[1] < got[2]) {
		t.Errorf("%v: mean %v, variance %v", got, mean, squares)
	}
	for _, z := range softmax.Standardized([]float32{3, 3, 3}) {
		if z != 0 {
			t.Errorf("equal logits become %v", z)
		}
	}
}
