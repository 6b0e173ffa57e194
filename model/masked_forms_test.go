package model

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/weights"
)

// maskedForms is where the model of testdata/masked lies in the forms that bench/peer's
// masked_reference.py writes, each with transformers' own losses.
var maskedForms = filepath.Join("testdata", "masked-forms")

func formSpec(t *testing.T, form string) (Spec, maskedReference) {
	t.Helper()
	var r maskedReference
	readJSON(t, filepath.Join("masked-forms", form, "reference.json"), &r)
	spec := maskedSpec()
	spec.Dir = filepath.Join(maskedForms, form)
	return spec, r
}

// Whatever the form, the losses before the first step are transformers'.
func TestMaskedFormsHaveTransformersLosses(t *testing.T) {
	forms, err := os.ReadDir(maskedForms)
	if err != nil || len(forms) < 7 {
		t.Fatalf("%d forms, %v", len(forms), err)
	}
	for _, form := range forms {
		t.Run(form.Name(), func(t *testing.T) {
			spec, r := formSpec(t, form.Name())
			m := open(t, spec)
			checkMaskedLosses(t, m, r, r.Before)
			for _, p := range m.Parameters() {
				if p.Name == pooler+".weight" {
					t.Error("a model without pooler has got one")
				}
			}
		})
	}
}

// An untied decoder learns as transformers' does, beside word embeddings of their own, and is
// written untied: the folder read back gives the losses of the model that was trained.
func TestUntiedTraining(t *testing.T) {
	spec, r := formSpec(t, "untied")
	m := open(t, spec)
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
		if diff := cmp.Diff([]float64{step.Loss, step.Norm}, []float64{loss.Sum[0], norm}, cmpopts.EquateApprox(1e-4, 0)); diff != "" {
			t.Fatalf("step %d: %s", i, diff)
		}
	}
	checkMaskedLosses(t, m, r, r.After)

	out := filepath.Join(t.TempDir(), "out")
	written := weights.WriteSpec{Config: m.Config(), Tokenizer: t.TempDir()}
	err := os.WriteFile(filepath.Join(written.Tokenizer, "vocab.txt"), []byte("[PAD]\n"), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if written.Tensors, err = m.Tensors(); err != nil {
		t.Fatal(err)
	}
	if written.MaskedHead, err = m.MaskedHead(); err != nil {
		t.Fatal(err)
	}
	if err := weights.Write(out, written); err != nil {
		t.Fatal(err)
	}
	spec.Dir = out
	back := open(t, spec)
	checkMaskedLosses(t, back, r, r.After)
	if back.Config().(weights.BertConfig).Tied() {
		t.Error("the folder that was written is tied")
	}
}

// A folder without pooler is refused unless a fresh one is wanted, which then depends on the
// seed and nothing else.
func TestFreshPooler(t *testing.T) {
	spec := Spec{Dir: filepath.Join(maskedForms, "sharded"), Tasks: []Task{{Name: "empathy", Classes: 2}}, Device: "cpu", Seed: 4}
	if m, err := New(t.Context(), spec); err == nil {
		t.Errorf("a model without pooler was taken: %v", m.Close())
	}
	spec.FreshPooler = true
	weight := func(seed uint64) []float32 {
		spec.Seed = seed
		return parametersOf(t, open(t, spec), pooler+".weight")
	}
	if !cmp.Equal(weight(4), weight(4)) || cmp.Equal(weight(4), weight(5)) {
		t.Error("a fresh pooler must depend on the seed, and on nothing else")
	}
	sum := 0.0
	for _, x := range weight(4) {
		sum += float64(x) * float64(x)
	}
	// 256 numbers from N(0, 0.3²): their sum of squares is 23, with a deviation of 2.
	if sum < 15 || sum > 31 {
		t.Errorf("the sum of squares of the fresh pooler is %.2f", sum)
	}
}
