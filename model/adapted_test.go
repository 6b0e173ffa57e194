package model

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/weights"
)

// adaptedCase is a case of bench/peer/adapted_reference.py: a training that changes a part of the
// model.
type adaptedCase struct {
	Name     string
	Frozen   weights.Frozen
	Gradient refGradient
	Training refTraining
	Logits   [][]float32
}

func adaptedCases(t *testing.T) []adaptedCase {
	t.Helper()
	var all []adaptedCase
	readJSON(t, "adapted.json", &all)
	return all
}

// compareTraining holds gradients and three steps to PyTorch's.
func (c adaptedCase) compareTraining(t *testing.T, m *Model, layerDecay float64) {
	t.Helper()
	r := tinyReference(t)
	var examples []Example
	for _, i := range c.Gradient.Batches {
		examples = append(examples, examplesOf(r.Batches[i])...)
	}
	gradient := gradientOf(t, m, examples, LossTarget{Lambda: c.Gradient.Lambda, UseGold: true, UseTeacher: true}, c.Gradient.Divisor, 0)
	if len(gradient) != m.TrainedSize() {
		t.Fatalf("a gradient of %d elements for %d that are trained", len(gradient), m.TrainedSize())
	}
	compareParts(t, m.trained.parts, c.Gradient.Parameters, gradient, 1e-5, 2e-8)
	if err := m.ZeroGradient(); err != nil {
		t.Fatal(err)
	}
	before := stateOf(t, m)
	for i, step := range c.Training.Steps {
		examples := examplesOf(r.Batches[step.Batch])
		loss, err := m.Backward(ctx, examples, LossTarget{Lambda: step.Lambda, UseGold: true, UseTeacher: true}, float64(len(examples)), 0)
		if err != nil {
			t.Fatal(err)
		}
		norm, err := m.Update(step.LR, AdamW{WeightDecay: c.Training.Decay, ClipNorm: c.Training.Clip, LayerDecay: layerDecay})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{step.Losses, step.Norm}, []any{loss.Sum, norm}, cmpopts.EquateApprox(2e-5, 0)); diff != "" {
			t.Errorf("step %d: %s", i, diff)
		}
	}
	after := stateOf(t, m)
	compareSummaries(t, m, c.Training.Parameters, after.Parameters, 2e-6, 2e-6)
	from := m.size - m.TrainedSize()
	if !slices.Equal(before.Parameters[:from], after.Parameters[:from]) {
		t.Error("frozen parameters have changed")
	}
	for _, moments := range [][]float32{after.ExpAvg, after.ExpAvgSq} {
		if slices.ContainsFunc(moments[:from], func(x float32) bool { return x != 0 }) {
			t.Error("frozen parameters have moments")
		}
		if !slices.ContainsFunc(moments[from:], func(x float32) bool { return x != 0 }) {
			t.Error("trained parameters have no moments")
		}
	}
}

func stateOf(t *testing.T, m *Model) State {
	t.Helper()
	s, err := m.State()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Gradients and steps are those of PyTorch with requires_grad=False, and what is frozen stays as
// it is bit by bit. The gradient has no elements for it, nor have the buckets.
func TestFrozenPart(t *testing.T) {
	for _, c := range adaptedCases(t) {
		if c.Frozen == 0 {
			continue
		}
		for _, microBatch := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/%d", c.Name, microBatch), func(t *testing.T) {
				spec := tinySpec()
				spec.Frozen, spec.MicroBatch, spec.BucketBytes = c.Frozen, microBatch, 1<<10
				m := open(t, spec)
				c.compareTraining(t, m, 0)
				if m.TrainsWords() {
					t.Error("the word embeddings are trained")
				}
				covered := 0
				for _, b := range m.Buckets() {
					covered += b.Size()
				}
				if covered != m.TrainedSize() {
					t.Errorf("buckets of %d elements for %d that are trained", covered, m.TrainedSize())
				}
			})
		}
	}
}

// A part of a state is that part of the whole, wherever the frozen part ends.
func TestStateRangeOfAFrozenModel(t *testing.T) {
	spec := tinySpec()
	spec.Frozen = 2
	m := open(t, spec)
	gradientOf(t, m, examplesOf(tinyReference(t).Batches[0]), goldOnly, 4, 0)
	if _, err := m.Update(1e-3, AdamW{}); err != nil {
		t.Fatal(err)
	}
	whole, from := stateOf(t, m), m.size-m.TrainedSize()
	for _, r := range [][2]int{{0, from}, {0, from + 5}, {from - 3, m.size}, {from, m.size}, {from + 7, from + 9}, {from - 2, from - 2}} {
		part, err := m.StateRange(r[0], r[1])
		if err != nil {
			t.Fatal(err)
		}
		want := State{Step: whole.Step, Parameters: whole.Parameters[r[0]:r[1]], ExpAvg: whole.ExpAvg[r[0]:r[1]], ExpAvgSq: whole.ExpAvgSq[r[0]:r[1]]}
		if diff := cmp.Diff(want, part); diff != "" {
			t.Errorf("elements %v: %s", r, diff)
		}
	}
	other := open(t, spec)
	if err := other.SetState(whole); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, stateOf(t, other)); diff != "" {
		t.Error(diff)
	}
}

// Buckets are announced as in any training, and once each.
func TestFrozenBucketsAreAnnounced(t *testing.T) {
	for _, frozen := range []weights.Frozen{1, 2, 3, weights.WholeEncoder} {
		spec := tinySpec()
		spec.Frozen, spec.BucketBytes, spec.MicroBatch = frozen, 256, 3
		m := open(t, spec)
		var announced []int
		batch := examplesOf(tinyReference(t).Batches[2])
		_, err := m.BackwardObserved(ctx, batch, goldOnly, 4, 0, Observer{Ready: func(b int, g []float32) {
			if len(g) != m.Buckets()[b].Size() {
				t.Errorf("bucket %d has %d elements", b, len(g))
			}
			announced = append(announced, b)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if len(announced) != len(m.Buckets()) || !slices.IsSorted(announced) {
			t.Errorf("frozen %d: buckets %v of %d", frozen, announced, len(m.Buckets()))
		}
	}
}

func TestWordVectorsOfABaselineCanBeFrozen(t *testing.T) {
	none := 0.0
	for _, arch := range []weights.Arch{weights.CNN, weights.LSTM, weights.BiLSTM, weights.ConvLSTM} {
		all := fullSize(t, arch)
		all.Dropout = &none
		static := all
		static.Frozen = 1
		whole, m := open(t, all), open(t, static)
		batch := []Example{{IDs: []int32{2, 3, 4}}, {Task: 1, IDs: []int32{5, 2}}}
		want, got := gradientOf(t, whole, batch, goldOnly, 2, 0), gradientOf(t, m, batch, goldOnly, 2, 0)
		if words := whole.Parameters()[0].Size(); !slices.Equal(want[words:], got) {
			t.Errorf("%s: another gradient than that of a model whose word vectors are trained", arch)
		}
		static.Frozen = 2
		if _, err := New(ctx, static); !errors.Is(err, weights.ErrFrozen) {
			t.Errorf("%s: layers are frozen: %v", arch, err)
		}
	}
}

func TestWhatCannotBeFrozen(t *testing.T) {
	for frozen, want := range map[weights.Frozen]error{4: weights.ErrFrozen, -2: weights.ErrFrozen} {
		spec := tinySpec()
		spec.Frozen = frozen
		if _, err := New(ctx, spec); !errors.Is(err, want) {
			t.Errorf("%d: %v", frozen, err)
		}
	}
}
