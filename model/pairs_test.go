package model

import (
	"math"
	"path/filepath"
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

// TestPairsInBFloat16: a second text is of its own type in bfloat16 as well.
func TestPairsInBFloat16(t *testing.T) {
	examples := []Example{{Task: 0, IDs: []int32{6, 49, 15, 54, 20, 44}, Second: 3}, {Task: 1, IDs: []int32{13, 39, 2}, Second: 1}, {Task: 0, IDs: []int32{5, 9}}}
	defer func() { record = false }()
	for _, record = range []bool{false, true} {
		spec := tinySpec()
		full := open(t, spec)
		spec.BFloat16 = true
		got := gradientOf(t, open(t, spec), examples, goldOnly, 3, 0)
		checkNear(t, gradientOf(t, full, examples, goldOnly, 3, 0), got)
	}
}

// TestPairRefused: a second text must begin inside its example.
func TestPairRefused(t *testing.T) {
	m := open(t, tinySpec())
	if _, err := m.Logits(t.Context(), []Example{{IDs: []int32{1, 2, 3}, Second: 4}}); err == nil {
		t.Error("an example whose second text begins behind its end is taken")
	}
}

// TestPairsOfEachEncoder: a second text has its token type where the model has two, and is read as the first where not.
func TestPairsOfEachEncoder(t *testing.T) {
	var reference struct {
		Encoders map[string][]struct {
			Second int
			IDs    []int32
			Logits []float64
		}
	}
	readJSON(t, "pairs.json", &reference)
	eachEncoder(t, func(t *testing.T, dir string, _ encoderReference) {
		pairs := reference.Encoders[filepath.Base(dir)]
		if len(pairs) == 0 {
			t.Fatal("no reference: run testdata/make_pairs.py")
		}
		var examples []Example
		var want [][]float64
		for _, e := range pairs {
			examples, want = append(examples, Example{IDs: e.IDs, Second: e.Second}), append(want, e.Logits)
		}
		got, err := open(t, encoderSpec(t, dir)).Logits(t.Context(), examples)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, doubles(got), toHiddenStates); diff != "" {
			t.Errorf("logits (-transformers +ours): %s", diff)
		}
	})
}
