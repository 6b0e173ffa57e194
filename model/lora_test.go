package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringmaster/model/weights"
)

// adapters are what bench/peer/adapted_reference.py has for lora_A and lora_B, by the same formula.
func adapters(t *testing.T, m *Model) {
	t.Helper()
	s := stateOf(t, m)
	for _, p := range m.layout {
		a, b, modulus, divisor := 5, 3, 7, 12.0
		if strings.HasSuffix(p.Name, ".lora_B.weight") {
			a, b, modulus, divisor = 3, 2, 5, 15
		}
		if !weights.IsLoRA(p.Name) {
			continue
		}
		columns := int(p.Shape[1])
		for k := range p.Size() {
			s.Parameters[p.Offset+k] = float32(float64((a*(k/columns)+b*(k%columns))%modulus-modulus/2) / divisor)
		}
	}
	if err := m.SetState(s); err != nil {
		t.Fatal(err)
	}
}

type loraCase struct {
	adaptedCase
	LoRA   weights.LoRA
	Merged map[string]summary
}

func loraReference(t *testing.T) loraCase {
	t.Helper()
	var all []loraCase
	readJSON(t, "adapted.json", &all)
	i := slices.IndexFunc(all, func(c loraCase) bool { return c.LoRA.On() })
	if i < 0 {
		t.Fatal("the reference has no case with LoRA")
	}
	return all[i]
}

// Gradients, steps, logits and the sums that are saved are those of PyTorch with PEFT's formula.
func TestLoRA(t *testing.T) {
	c, r := loraReference(t), tinyReference(t)
	for name, change := range map[string]func(*Spec){
		"at once":       func(*Spec) {},
		"micro-batches": func(s *Spec) { s.MicroBatch = 2 },
		"checkpointed":  func(s *Spec) { s.GradientCheckpointing = true },
	} {
		t.Run(name, func(t *testing.T) {
			spec := tinySpec()
			spec.LoRA, spec.BucketBytes = c.LoRA, 1<<10
			change(&spec)
			m := open(t, spec)
			adapters(t, m)
			c.compareTraining(t, m, 0)
			logits, err := m.Logits(ctx, examplesOf(r.Batches[3]))
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.Logits {
				compareNear(t, fmt.Sprintf("logits of text %d", i), want, logits[i], 2e-5)
			}
			saved, err := m.Tensors()
			if err != nil {
				t.Fatal(err)
			}
			parts, flat := flatOf(saved)
			compareParts(t, slices.DeleteFunc(parts, func(p Parameter) bool { _, is := c.Merged[p.Name]; return !is }), c.Merged, flat, 2e-6, 2e-6)
			if slices.ContainsFunc(saved, func(t weights.Tensor) bool { return weights.IsLoRA(t.Name) }) {
				t.Error("adapters are saved beside the sums")
			}
		})
	}
}

// flatOf puts tensors one after another.
func flatOf(tensors []weights.Tensor) (parts []Parameter, flat []float32) {
	for _, t := range tensors {
		parts = append(parts, Parameter{Name: t.Name, Shape: t.Shape, Offset: len(flat)})
		flat = append(flat, t.Data...)
	}
	return parts, flat
}

func compareNear(t *testing.T, what string, want, got []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if d := float64(want[i] - got[i]); d > tolerance || -d > tolerance || len(want) != len(got) {
			t.Errorf("%s: %v, not %v", what, got, want)
			return
		}
	}
}

// Before the first step an adapted model is the model itself, and every rank begins with the same adapters.
func TestFreshAdaptersChangeNothing(t *testing.T) {
	batch := examplesOf(tinyReference(t).Batches[3])
	spec := tinySpec()
	plain, err := open(t, spec).Logits(ctx, batch)
	if err != nil {
		t.Fatal(err)
	}
	spec.LoRA = weights.LoRA{Rank: 4, Alpha: 8}
	one, other := open(t, spec), open(t, spec)
	adapted, err := one.Logits(ctx, batch)
	if err != nil {
		t.Fatal(err)
	}
	for i := range plain {
		if !slices.Equal(plain[i], adapted[i]) {
			t.Errorf("text %d: %v and, adapted, %v", i, plain[i], adapted[i])
		}
	}
	if a, b := hashOf(t, one), hashOf(t, other); a != b {
		t.Error("two ranks begin with other adapters")
	}
	if one.TrainsWords() || one.TrainedSize() >= one.Size()/2 {
		t.Errorf("%d of %d elements are trained", one.TrainedSize(), one.Size())
	}
}

func TestWhatLoRACannotAdapt(t *testing.T) {
	for name, change := range map[string]func(*Spec){
		"rank beyond width": func(s *Spec) { s.LoRA = weights.LoRA{Rank: 1 << 20, Alpha: 1} },
		"no alpha":          func(s *Spec) { s.LoRA = weights.LoRA{Rank: 2} },
		"frozen besides":    func(s *Spec) { s.LoRA, s.Frozen = weights.LoRA{Rank: 2, Alpha: 4}, 1 },
	} {
		spec := tinySpec()
		change(&spec)
		if _, err := New(ctx, spec); !errors.Is(err, weights.ErrLoRA) && !errors.Is(err, weights.ErrFrozen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	baseline := fullSize(t, weights.CNN)
	baseline.LoRA = weights.LoRA{Rank: 2, Alpha: 4}
	if _, err := New(ctx, baseline); !errors.Is(err, weights.ErrLoRA) {
		t.Errorf("a baseline: %v", err)
	}
}
