package model

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// What bench/peer/baseline_reference.py writes.
type baselineReference struct {
	Batches [][]refExample
	Systems map[weights.Arch]struct {
		// Heads are matrices and vectors, by the parameter's name.
		Heads    map[string]any
		Logits   [][][]float32 // batch, example
		Training struct {
			refTraining
			Limited int // how often a weight vector of a head was too long
		}
	}
}

var baselines = []weights.Arch{weights.CNN, weights.LSTM, weights.BiLSTM, weights.ConvLSTM}

func readBaselines(t *testing.T) baselineReference {
	t.Helper()
	var r baselineReference
	readJSON(t, "baselines/reference.json", &r)
	return r
}

// spec is the model the reference was made with.
func (r baselineReference) spec(arch weights.Arch) Spec {
	none := 0.0
	s := Spec{
		Dir: filepath.Join("testdata", "baselines", string(arch)), Tasks: referenceTasks,
		Dropout: &none, Device: "cpu", Threads: 2,
	}
	for _, task := range referenceTasks {
		h := weights.Head{Task: task.Name}
		for name, of := range map[string]*weights.Tensor{"weight": &h.Weight, "bias": &h.Bias} {
			of.Shape, of.Data = numbers(r.Systems[arch].Heads["head."+task.Name+"."+name])
		}
		s.Heads = append(s.Heads, h)
	}
	return s
}

// numbers reads a nested list of numbers as a tensor.
func numbers(list any) (shape []int64, data []float32) {
	items, ok := list.([]any)
	if !ok {
		return nil, []float32{float32(list.(float64))}
	}
	for _, item := range items {
		inner, values := numbers(item)
		shape, data = inner, append(data, values...)
	}
	return append([]int64{int64(len(items))}, shape...), data
}

func TestBaselineLogits(t *testing.T) {
	r := readBaselines(t)
	for _, arch := range baselines {
		t.Run(string(arch), func(t *testing.T) {
			spec := r.spec(arch)
			for _, spec.MicroBatch = range []int{0, 1, 3} {
				m := open(t, spec)
				for i, batch := range r.Batches {
					got, err := m.Logits(t.Context(), examplesOf(batch))
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(r.Systems[arch].Logits[i], got, within(1e-5)); diff != "" {
						t.Errorf("micro-batch %d, batch %d: %s", spec.MicroBatch, i, diff)
					}
				}
			}
		})
	}
}

// Fifty steps of the peer's, to the parameters at their end.
func TestBaselineTraining(t *testing.T) {
	r := readBaselines(t)
	for _, arch := range baselines {
		t.Run(string(arch), func(t *testing.T) {
			m, training := open(t, r.spec(arch)), r.Systems[arch].Training
			clipped := 0
			for i, step := range training.Steps {
				examples := examplesOf(r.Batches[step.Batch])
				lossTarget := LossTarget{Lambda: step.Lambda, UseGold: true, UseTeacher: true}
				loss, err := m.Backward(t.Context(), examples, lossTarget, float64(len(examples)), 0)
				if err != nil {
					t.Fatal(err)
				}
				norm, err := m.Update(step.LR, AdamW{WeightDecay: training.Decay, ClipNorm: training.Clip})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]any{step.Losses, step.Norm}, []any{loss.Sum, norm}, cmpopts.EquateApprox(1e-4, 0)); diff != "" {
					t.Errorf("step %d: %s", i, diff)
				}
				if norm > training.Clip {
					clipped++
				}
			}
			if clipped == 0 || clipped == len(training.Steps) || len(training.Steps) < 50 {
				t.Errorf("%d of %d steps clip; the reference should have both kinds, 50 in all", clipped, len(training.Steps))
			}
			if limits := m.Config().Head().NormLimit > 0; limits != (training.Limited > 0) {
				t.Errorf("heads are limited: %v; the reference did so %d times", limits, training.Limited)
			}
			st, err := m.State()
			if err != nil {
				t.Fatal(err)
			}
			compareSummaries(t, m, training.Parameters, st.Parameters, 1e-4, 1e-5)
		})
	}
}

func TestBaselinesLimitTheirHeads(t *testing.T) {
	m := open(t, readBaselines(t).spec(weights.CNN))
	limit := m.Config().Head().NormLimit
	example := Example{IDs: []int32{4, 9, 3}, Class: 1}
	for range 20 {
		if _, err := m.Backward(t.Context(), []Example{example}, goldOnly, 1, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Update(0.5, AdamW{}); err != nil {
			t.Fatal(err)
		}
		heads, err := m.Heads()
		if err != nil {
			t.Fatal(err)
		}
		atLimit := 0
		for _, h := range heads {
			if norm := torch.Norm(h.Weight.Data[:h.Weight.Shape[1]], 1); norm > limit*(1+1e-6) {
				t.Errorf("a weight vector of %s has norm %g, the limit is %g", h.Task, norm, limit)
			} else if norm > limit*(1-1e-6) {
				atLimit++
			}
		}
		if atLimit == 0 {
			t.Error("no weight vector is at the limit, though steps are far too long")
		}
	}
}

func TestLimitRows(t *testing.T) {
	matrix := []float32{3, 4, 0.3, 0.4, -6, 8}
	if !clipRowNorms(matrix, 2, 5) || clipRowNorms(matrix, 2, 5.0001) {
		t.Error("what was changed is told wrongly")
	}
	if diff := cmp.Diff([]float32{3, 4, 0.3, 0.4, -3, 4}, matrix, within(1e-6)); diff != "" {
		t.Error(diff)
	}
}

// Every parameter is in one bucket, the word vectors in the last one, and each bucket is
// announced once it is final.
func TestBaselineBucketsAreAnnounced(t *testing.T) {
	r := readBaselines(t)
	for _, arch := range baselines {
		spec := r.spec(arch)
		spec.BucketBytes, spec.MicroBatch = 256, 2
		m := open(t, spec)
		if name := m.Parameters()[0].Name; name != weights.WordVectors {
			t.Errorf("%s: the first parameter is %s", arch, name)
		}
		announced := map[int][]float32{}
		_, err := m.BackwardObserved(t.Context(), examplesOf(r.Batches[0]), goldOnly, 4, 0, Observer{Ready: func(b int, g []float32) {
			announced[b] = append([]float32(nil), g...)
		}})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := m.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range m.Buckets() {
			if diff := cmp.Diff(whole[b.Lo:b.Hi], announced[i]); diff != "" {
				t.Errorf("%s, bucket %d changed after it was announced: %s", arch, i, diff)
			}
		}
		if len(m.Buckets()) < 3 {
			t.Errorf("%s: %d buckets, too few to tell", arch, len(m.Buckets()))
		}
	}
}
