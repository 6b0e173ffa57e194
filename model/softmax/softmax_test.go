package softmax_test

import (
	"math"
	"testing"

	"ringmaster/model/softmax"
)

// The values are those of scipy.special.softmax in float64.
func TestSoftmax(t *testing.T) {
	for _, c := range []struct {
		logits []float32
		want   []float64
	}{
		{[]float32{1, 2, 3}, []float64{0.09003057317038046, 0.24472847105479767, 0.6652409557748219}},
		{[]float32{1000, 0}, []float64{1, 0}},
		{[]float32{-1000, -1000}, []float64{0.5, 0.5}},
		{[]float32{7}, []float64{1}},
	} {
		got, rounded := softmax.Of(c.logits), softmax.Rounded(softmax.Of(c.logits))
		for i, want := range c.want {
			if math.Abs(got[i]-want) > 1e-15 {
				t.Errorf("%v: %v, want %v", c.logits, got, c.want)
			}
			if math.Abs(rounded[i]-want) > 5.1e-8 || math.Abs(rounded[i]*1e7-math.Round(rounded[i]*1e7)) > 1e-9 {
				t.Errorf("%v rounded: %v", c.logits, rounded)
			}
		}
	}
}

func TestArgmaxTakesTheFirstOfEquals(t *testing.T) {
	for want, z := range [][]float32{{2, 1, 2}, {1, 2, 2}, {-3, -2, -1}} {
		if got := softmax.Argmax(z); got != want {
			t.Errorf("%v: %d, want %d", z, got, want)
		}
	}
}
