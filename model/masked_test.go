package model

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/weights"
)

// What bench/peer/masked_reference.py writes.
type maskedReference struct {
	Clip, Decay float64
	Batches     [][]struct {
		IDs, Masked, Words []int32
	}
	Before, After [][]float64 // each example's loss
	Steps         []struct {
		Batch          int
		LR, Loss, Norm float64
	}
}

func (r maskedReference) batch(i int) (examples []Example, masked int) {
	for _, e := range r.Batches[i] {
		examples = append(examples, Example{IDs: e.IDs, Masked: e.Masked, Words: e.Words})
		masked += len(e.Masked)
	}
	return examples, masked
}

func readMasked(t *testing.T) maskedReference {
	t.Helper()
	var r maskedReference
	readJSON(t, "masked/reference.json", &r)
	return r
}

func maskedSpec() Spec {
	none := 0.0
	return Spec{
		Dir: filepath.Join("testdata", "masked"), Tasks: []Task{{Name: "mlm"}}, MaskedLM: true,
		Dropout: &none, Device: "cpu", Threads: 2,
	}
}

func checkMaskedLosses(t *testing.T, m *Model, r maskedReference, want [][]float64) {
	t.Helper()
	for i := range r.Batches {
		examples, _ := r.batch(i)
		got, err := m.MaskedLosses(t.Context(), examples)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[i], got, cmpopts.EquateApprox(1e-4, 0)); diff != "" {
			t.Errorf("losses of batch %d: %s", i, diff)
		}
	}
}

// Fifty steps of transformers' BertForMaskedLM, in one micro-batch and in several.
func TestMaskedTraining(t *testing.T) {
	r := readMasked(t)
	if len(r.Steps) < 50 {
		t.Fatalf("the reference has %d steps", len(r.Steps))
	}
	for _, micro := range []int{0, 3} {
		spec := maskedSpec()
		spec.MicroBatch = micro
		m := open(t, spec)
		checkMaskedLosses(t, m, r, r.Before)
		pooler := parametersOf(t, m, pooler+".weight")
		for i, step := range r.Steps {
			examples, masked := r.batch(step.Batch)
			loss, err := m.Backward(t.Context(), examples, LossTarget{UseGold: true}, float64(masked), 0)
			if err != nil {
				t.Fatal(err)
			}
			norm, err := m.Update(step.LR, AdamW{WeightDecay: r.Decay, ClipNorm: r.Clip})
			if err != nil {
				t.Fatal(err)
			}
			if loss.Count[0] != masked {
				t.Errorf("step %d counts %d masked positions, there are %d", i, loss.Count[0], masked)
			}
			if diff := cmp.Diff([]float64{step.Loss, step.Norm}, []float64{loss.Sum[0], norm}, cmpopts.EquateApprox(1e-4, 0)); diff != "" {
				t.Errorf("micro-batch %d, step %d: %s", micro, i, diff)
			}
		}
		checkMaskedLosses(t, m, r, r.After)
		if !slices.Equal(pooler, parametersOf(t, m, "bert.pooler.dense.weight")) {
			t.Error("the pooler, which nothing here uses, has changed")
		}
	}
}

func parametersOf(t *testing.T, m *Model, name string) []float32 {
	t.Helper()
	tensors, err := m.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tensors {
		if x.Name == name {
			return x.Data
		}
	}
	t.Fatalf("no tensor %s", name)
	return nil
}

// The gradients of two halves add up to the whole's, and every bucket is announced once, in
// order, as it then stays.
func TestMaskedHalves(t *testing.T) {
	r := readMasked(t)
	examples, masked := r.batch(0)
	gradient := func(examples []Example) []float32 {
		spec := maskedSpec()
		spec.BucketBytes = 512
		m := open(t, spec)
		var announced [][]float32
		o := Observer{Ready: func(bucket int, g []float32) {
			if bucket != len(announced) {
				t.Errorf("bucket %d is announced as number %d", bucket, len(announced))
			}
			announced = append(announced, slices.Clone(g))
		}}
		if _, err := m.BackwardObserved(t.Context(), examples, LossTarget{UseGold: true}, float64(masked), 0, o); err != nil {
			t.Fatal(err)
		}
		g, err := m.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		if len(announced) != len(m.Buckets()) {
			t.Fatalf("%d of %d buckets are announced", len(announced), len(m.Buckets()))
		}
		for i, b := range m.Buckets() {
			if !slices.Equal(announced[i], g[b.Lo:b.Hi]) {
				t.Errorf("bucket %d was announced before its gradient was final", i)
			}
		}
		return slices.Clone(g)
	}
	whole, sum := gradient(examples), gradient(examples[:2])
	for i, g := range gradient(examples[2:]) {
		sum[i] += g
	}
	if diff := cmp.Diff(whole, sum, cmpopts.EquateApprox(1e-4, 1e-7)); diff != "" {
		t.Error(diff)
	}
	gradient(nil) // a rank without examples
}

// A head that the folder lacks begins from the seed; one that it has is taken.
func TestMaskedHead(t *testing.T) {
	head := func(dir string, seed uint64) []weights.Tensor {
		spec := maskedSpec()
		spec.Dir, spec.Seed = dir, seed
		tensors, err := open(t, spec).MaskedHead()
		if err != nil {
			t.Fatal(err)
		}
		return tensors
	}
	given, tiny := filepath.Join("testdata", "masked"), filepath.Join("testdata", "tiny")
	if !cmp.Equal(head(given, 1), head(given, 2)) {
		t.Error("a given head depends on the seed")
	}
	if !cmp.Equal(head(tiny, 1), head(tiny, 1)) || cmp.Equal(head(tiny, 1), head(tiny, 2)) {
		t.Error("a fresh head must depend on the seed, and on nothing else")
	}
}

// What an example must have is said before anything is computed.
func TestMaskedExamples(t *testing.T) {
	m := open(t, maskedSpec())
	for name, e := range map[string]Example{
		"nothing masked": {IDs: []int32{2, 5, 3}},
		"a word short":   {IDs: []int32{2, 4, 3}, Masked: []int32{1}},
		"outside":        {IDs: []int32{2, 4, 3}, Masked: []int32{3}, Words: []int32{7}},
		"falling":        {IDs: []int32{2, 4, 4, 3}, Masked: []int32{2, 1}, Words: []int32{7, 8}},
		"no such word":   {IDs: []int32{2, 4, 3}, Masked: []int32{1}, Words: []int32{61}},
	} {
		if _, err := m.Backward(t.Context(), []Example{e}, LossTarget{UseGold: true}, 1, 0); !errors.Is(err, ErrExample) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
