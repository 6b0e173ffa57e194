package model

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPairs holds pairs of texts, alone and beside single ones, to transformers: logits, loss, and the gradient of the
// token types' table, from passes as they run on the CPU and as they are recorded for a GPU.
func TestPairs(t *testing.T) {
	var reference struct {
		Examples []struct {
			Task, Second int
			IDs          []int32
			Logits       []float32
		}
		Loss     float64
		Gradient [][]float32
	}
	readJSON(t, "pairs.json", &reference)
	var examples []Example
	var want [][]float32
	var table []float32
	for _, e := range reference.Examples {
		examples = append(examples, Example{Task: e.Task, IDs: e.IDs, Second: e.Second})
		want = append(want, e.Logits)
	}
	for _, row := range reference.Gradient {
		table = append(table, row...)
	}
	defer func() { record = false }()
	for _, record = range []bool{false, true} {
		m := open(t, tinySpec())
		got, err := m.Logits(t.Context(), examples)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, within(1e-5)); diff != "" {
			t.Errorf("logits: transformers (-), this package (+):\n%s", diff)
		}
		loss, err := m.Backward(t.Context(), examples, goldOnly, float64(len(examples)), 0)
		if err != nil {
			t.Fatal(err)
		}
		if mean := (loss.Sum[0] + loss.Sum[1]) / float64(len(examples)); math.Abs(mean-reference.Loss) > 1e-5 {
			t.Errorf("recorded %v: the loss is %v, want %v", record, mean, reference.Loss)
		}
		gradient, err := m.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Parameters() {
			if p.Name == typeEmbeddings+".weight" {
				if diff := cmp.Diff(table, gradient[p.Offset:p.End()], within(1e-5)); diff != "" {
					t.Errorf("recorded %v: gradient of token types: transformers (-), this package (+):\n%s", record, diff)
				}
			}
		}
	}
}

// TestPairRefused: a second text must begin inside its example.
func TestPairRefused(t *testing.T) {
	m := open(t, tinySpec())
	if _, err := m.Logits(t.Context(), []Example{{IDs: []int32{1, 2, 3}, Second: 4}}); err == nil {
		t.Error("an example whose second text begins behind its end is taken")
	}
}
