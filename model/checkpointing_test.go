package model

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
)

// Checkpointed activations give the very gradients that kept ones give, with dropout too, in any
// precision, for a classifier and for a masked language model, whatever is frozen.
func TestGradientCheckpointingChangesNoBit(t *testing.T) {
	dir := t.TempDir() + "/model"
	config := tinybert.Config(16)
	config.NumHiddenLayers = 5
	if err := tinybert.Write(dir, config); err != nil {
		t.Fatal(err)
	}
	none, some := 0.0, 0.2
	for name, change := range map[string]func(*Spec){
		"plain":            func(*Spec) {},
		"dropout":          func(s *Spec) { s.Dropout = &some },
		"micro-batches":    func(s *Spec) { s.Dropout, s.MicroBatch = &some, 2 },
		"bfloat16":         func(s *Spec) { s.Dropout, s.BFloat16 = &some, true },
		"embeddings":       func(s *Spec) { s.Dropout, s.Frozen = &some, 1 },
		"three layers":     func(s *Spec) { s.Dropout, s.Frozen = &some, 4 },
		"all but the last": func(s *Spec) { s.Dropout, s.Frozen = &some, 5 },
		"whole encoder":    func(s *Spec) { s.Dropout, s.Frozen = &some, -1 },
		"masked":           func(s *Spec) { s.Dropout, s.MaskedLM, s.Tasks = &some, true, []Task{{Name: "text"}} },
	} {
		t.Run(name, func(t *testing.T) {
			spec := Spec{Dir: dir, Tasks: referenceTasks, Dropout: &none, Device: "cpu", Threads: 1, Seed: 1, BucketBytes: 1 << 10}
			change(&spec)
			kept := open(t, spec)
			spec.GradientCheckpointing = true
			checkpointed := open(t, spec)
			batch := examplesOf(tinyReference(t).Batches[2])
			if spec.MaskedLM {
				for i := range batch {
					batch[i].Task, batch[i].Masked, batch[i].Words = 0, []int32{0}, []int32{int32(3 + i)}
				}
			}
			for seed := range uint64(3) {
				if want, got := gradientOf(t, kept, batch, goldOnly, 5, seed), gradientOf(t, checkpointed, batch, goldOnly, 5, seed); !slices.Equal(want, got) {
					t.Fatalf("seed %d: another gradient", seed)
				}
				for _, m := range []*Model{kept, checkpointed} {
					if _, err := m.Update(1e-2, AdamW{WeightDecay: 0.1, ClipNorm: 1}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if hashOf(t, kept) != hashOf(t, checkpointed) {
				t.Error("other parameters after three steps")
			}
			announced := 0
			if _, err := checkpointed.BackwardObserved(ctx, batch, goldOnly, 5, 1, Observer{Ready: func(int, []float32) { announced++ }}); err != nil {
				t.Fatal(err)
			}
			if announced != len(checkpointed.Buckets()) {
				t.Errorf("%d of %d buckets announced", announced, len(checkpointed.Buckets()))
			}
		})
	}
}

// The peak of a long batch's memory falls by what the layers need not keep.
func TestGradientCheckpointingNeedsLessMemory(t *testing.T) {
	dir := t.TempDir() + "/model"
	config := tinybert.Config(128)
	config.NumHiddenLayers = 12
	if err := tinybert.Write(dir, config); err != nil {
		t.Fatal(err)
	}
	var batch []Example
	for i := range 32 {
		ids := make([]int32, config.MaxPositionEmbeddings)
		for at := range ids {
			ids[at] = int32(5 + (i+at)%50)
		}
		batch = append(batch, Example{IDs: ids})
	}
	peak := func(checkpointing bool) int {
		m := open(t, Spec{Dir: dir, Tasks: referenceTasks, Device: "cpu", Threads: 1, Seed: 1, GradientCheckpointing: checkpointing})
		if _, err := m.Gradient(); err != nil { // makes gradient and moments
			t.Fatal(err)
		}
		// 5 sets the peak (VmHWM) to what is in memory now.
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			t.Skipf("SKIPPED: the peak of this process's memory cannot be reset: %v", err)
		}
		before := memoryOf(t, "VmRSS:")
		gradientOf(t, m, batch, goldOnly, 32, 1)
		return memoryOf(t, "VmHWM:") - before
	}
	checkpointed := peak(true) // the smaller first: what the allocator keeps of it makes the other smaller
	kept := peak(false)
	t.Logf("a backward pass adds %d kB at most, with checkpoints %d kB", kept, checkpointed)
	if 3*checkpointed > 2*kept {
		t.Errorf("a backward pass adds %d kB at most, and %d kB with checkpoints: less than two thirds were expected", kept, checkpointed)
	}
}

// memoryOf is a line of this process's status, in kB.
func memoryOf(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kb
		}
	}
	t.Fatalf("no %s", name)
	return 0
}
