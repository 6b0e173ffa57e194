package model

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// bfloat16 has 8 bits of mantissa, so a product is off by up to 1/256.
const bfloat16Step = 1.0 / 256

// Losses of PyTorch in float32, and the gradient of the same model in float32, are what
// learning in bfloat16 has to come near; equal to the bit would mean that it did not take
// place. Answers do not depend on it.
func TestBFloat16(t *testing.T) {
	r := tinyReference(t)
	var examples []Example
	for _, i := range r.Gradient.Batches {
		examples = append(examples, examplesOf(r.Batches[i])...)
	}
	lossTarget := LossTarget{Lambda: r.Gradient.Lambda, UseGold: true, UseTeacher: true}
	spec := tinySpec()
	full := open(t, spec)
	spec.BFloat16 = true
	half := open(t, spec)

	loss, err := half.Backward(t.Context(), examples, lossTarget, r.Gradient.Divisor, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Gradient.Losses, loss.Sum, cmpopts.EquateApprox(4*bfloat16Step, 0)); diff != "" {
		t.Error("losses against PyTorch's in float32:", diff)
	}
	got, err := half.Gradient()
	if err != nil {
		t.Fatal(err)
	}
	checkNear(t, gradientOf(t, full, examples, lossTarget, r.Gradient.Divisor, 0), got)

	answers := make([][][]float32, 2)
	for i, m := range []*Model{full, half} {
		if answers[i], err = m.Logits(t.Context(), examples); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Error("answers in the two precisions:", diff)
	}
}

func TestMaskedBFloat16(t *testing.T) {
	r := readMasked(t)
	examples, masked := r.batch(r.Steps[0].Batch)
	spec := maskedSpec()
	full := open(t, spec)
	spec.BFloat16 = true
	half := open(t, spec)
	loss, err := half.Backward(t.Context(), examples, goldOnly, float64(masked), 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Steps[0].Loss, loss.Sum[0], cmpopts.EquateApprox(4*bfloat16Step, 0)); diff != "" {
		t.Error("loss against PyTorch's in float32:", diff)
	}
	got, err := half.Gradient()
	if err != nil {
		t.Fatal(err)
	}
	checkNear(t, gradientOf(t, full, examples, goldOnly, float64(masked), 0), got)
}

// checkNear makes sure that a gradient points where another does, to bfloat16's rounding,
// and is not the same.
func checkNear(t *testing.T, want, got []float32) {
	t.Helper()
	if slices.Equal(want, got) {
		t.Error("the gradient is float32's to the bit: nothing was computed in bfloat16")
	}
	var product, wants, gots float64
	for i := range want {
		product += float64(want[i]) * float64(got[i])
		wants += float64(want[i]) * float64(want[i])
		gots += float64(got[i]) * float64(got[i])
	}
	cosine, ratio := product/math.Sqrt(wants*gots), math.Sqrt(gots/wants)
	t.Logf("cosine %.6f, ratio of norms %.5f", cosine, ratio)
	if cosine < 0.999 || math.Abs(ratio-1) > 4*bfloat16Step {
		t.Errorf("gradients of the two precisions: cosine %.6f, ratio of norms %.5f", cosine, ratio)
	}
}
