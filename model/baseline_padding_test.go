package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model/torch"
)

// What a text gives does not depend on what it is padded to, in its logits and in the
// gradient of its words; padding itself has no gradient.
func TestBaselinePaddingChangesNothing(t *testing.T) {
	r := readBaselines(t)
	short := Example{IDs: []int32{4, 9}, Class: 1}
	one := Example{IDs: []int32{7}, Class: 0}
	long := Example{Task: 1, IDs: []int32{3, 8, 1, 22, 17, 5, 5, 12, 29, 2, 11, 6}, Class: 2}
	for _, arch := range baselines {
		t.Run(string(arch), func(t *testing.T) {
			m := open(t, r.spec(arch))
			gradient := func(examples ...Example) []float32 {
				t.Helper()
				// In one micro-batch, so that the short ones are padded to the long one.
				if err := m.backwardAll(t.Context(), []batch{padTogether(examples)}, goldOnly, 1, &Loss{Sum: make([]float64, 2), Count: make([]int, 2)}, Observer{}); err != nil {
					t.Fatal(err)
				}
				g, err := m.Gradient()
				if err != nil {
					t.Fatal(err)
				}
				g = append([]float32(nil), g...)
				if err := m.ZeroGradient(); err != nil {
					t.Fatal(err)
				}
				return g
			}
			if err := m.train(); err != nil {
				t.Fatal(err)
			}
			together := gradient(long, short, one)
			apart := gradient(long)
			for _, e := range []Example{short, one} {
				for i, x := range gradient(e) {
					apart[i] += x
				}
			}
			if diff := cmp.Diff(apart, together, within(2e-6)); diff != "" {
				t.Error("gradient:", diff)
			}
			width := m.Config().Sizes().WordWidth
			for i, x := range together[:width] {
				if x != 0 {
					t.Fatalf("element %d of the padding's word vector has gradient %v", i, x)
				}
			}
			out := make([][]float32, 3)
			alone, err := m.Logits(t.Context(), []Example{short})
			if err == nil {
				err = m.run(torch.NoGrad, func(s *torch.Scope) error {
					m.answer(s, padTogether([]Example{long, short, one}), out)
					return nil
				})
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(alone[0], out[1], within(1e-6)); diff != "" {
				t.Error("logits:", diff)
			}
		})
	}
}

// padTogether is one micro-batch of examples that stand longest first.
func padTogether(examples []Example) batch {
	b := batch{examples: examples, length: len(examples[0].IDs)}
	for i := range examples {
		b.origin = append(b.origin, i)
	}
	return b
}
