package model

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/weights"
)

// A frozen encoder's gradient is the end of the whole one; what cannot be frozen is refused.
func TestEncodersFreeze(t *testing.T) {
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		gradient := func(spec Spec) []float32 {
			m := open(t, spec)
			if _, err := m.Backward(t.Context(), r.examples(false), LossTarget{UseGold: true}, 7, 3); err != nil {
				t.Fatal(err)
			}
			g, err := m.Gradient()
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		whole := gradient(encoderSpec(t, dir))
		for _, frozen := range []weights.Frozen{1, 2, weights.WholeEncoder} {
			for _, checkpointing := range []bool{false, true} {
				spec := encoderSpec(t, dir)
				spec.Frozen, spec.GradientCheckpointing = frozen, checkpointing
				folder, err := weights.Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				if bert := folder.Config.(weights.BertConfig); frozen == 2 && bert.StoredLayers() != bert.NumHiddenLayers {
					if _, err := New(t.Context(), spec); !errors.Is(err, weights.ErrFrozen) {
						t.Errorf("a layer of %s: %v", bert.Describe(), err)
					}
					continue
				}
				part := gradient(spec)
				if len(part) >= len(whole) {
					t.Errorf("frozen %d: a gradient of %d elements of %d", frozen, len(part), len(whole))
				}
				if diff := cmp.Diff(whole[len(whole)-len(part):], part, cmpopts.EquateApprox(1e-5, 1e-6)); diff != "" {
					t.Errorf("frozen %d, checkpointing %v: %s", frozen, checkpointing, diff)
				}
			}
		}
	})
}

// With dropout, activations that are computed again give the gradient of those that are kept.
func TestEncodersDropAlike(t *testing.T) {
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		var gradients [2][]float32
		for i, checkpointing := range []bool{false, true} {
			spec, some := encoderSpec(t, dir), 0.3
			spec.Dropout, spec.GradientCheckpointing = &some, checkpointing
			m := open(t, spec)
			if _, err := m.Backward(t.Context(), r.examples(false), LossTarget{UseGold: true}, 7, 3); err != nil {
				t.Fatal(err)
			}
			var err error
			if gradients[i], err = m.Gradient(); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(gradients[0], gradients[1], cmpopts.EquateApprox(1e-4, 1e-5)); diff != "" {
			t.Errorf("kept (-), computed again (+): %s", diff)
		}
	})
}

// The folder of an adapted encoder, whose updates are added to its weights, gives the adapted encoder's logits.
func TestEncodersAreAdapted(t *testing.T) {
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		spec := encoderSpec(t, dir)
		spec.LoRA = weights.LoRA{Rank: 2, Alpha: 4}
		m := open(t, spec)
		before, err := m.Logits(t.Context(), r.examples(false))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Logits, doubles(before), toHiddenStates); diff != "" {
			t.Errorf("before training (-transformers +adapted): %s", diff)
		}
		for range 3 {
			if _, err := m.Backward(t.Context(), r.examples(false), LossTarget{UseGold: true}, 5, 0); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Update(0.03, AdamW{LayerDecay: 0.9}); err != nil {
				t.Fatal(err)
			}
		}
		adapted, err := m.Logits(t.Context(), r.examples(false))
		if err != nil {
			t.Fatal(err)
		}
		if cmp.Equal(doubles(before), doubles(adapted), cmpopts.EquateApprox(0, 1e-2)) {
			t.Error("training changed nothing")
		}
		merged, err := open(t, encoderSpec(t, written(t, m))).Logits(t.Context(), r.examples(false))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(doubles(adapted), doubles(merged), cmpopts.EquateApprox(1e-4, 1e-4)); diff != "" {
			t.Errorf("adapted (-), in the folder (+): %s", diff)
		}
	})
}
