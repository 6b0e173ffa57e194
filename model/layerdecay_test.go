package model

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The cases are bench/peer/layer_decay_reference.py's: AdamW of PyTorch with a parameter group for each depth.
func TestLayerDecay(t *testing.T) {
	var cases []struct {
		adaptedCase
		LayerDecay float64 `json:"layer_decay"`
	}
	readJSON(t, "layer_decay.json", &cases)
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			spec := tinySpec()
			spec.Frozen = c.Frozen
			c.adaptedCase.compareTraining(t, open(t, spec), c.LayerDecay)
		})
	}
}

// One rate for all, said in either way, gives the same bits; and a decay leaves the heads their whole rate.
func TestNoLayerDecay(t *testing.T) {
	after := func(decay float64) (*Model, []float32) {
		m := open(t, tinySpec())
		gradientOf(t, m, examplesOf(tinyReference(t).Batches[0]), goldOnly, 4, 0)
		if _, err := m.Update(1e-3, AdamW{WeightDecay: 0.1, ClipNorm: 1, LayerDecay: decay}); err != nil {
			t.Fatal(err)
		}
		return m, stateOf(t, m).Parameters
	}
	m, plain := after(0)
	_, one := after(1)
	_, decayed := after(0.9)
	if diff := cmp.Diff(plain, one); diff != "" {
		t.Error(diff)
	}
	for _, p := range m.Parameters() {
		lo, hi := p.Offset, p.End()
		if same := slices.Equal(plain[lo:hi], decayed[lo:hi]); same == isEncoder(p) {
			t.Errorf("%s: the same as at one rate: %v", p.Name, same)
		}
	}
}

func TestImpossibleLayerDecay(t *testing.T) {
	m := open(t, tinySpec())
	for _, decay := range []float64{-0.1, 1.5, math.NaN()} {
		if _, err := m.Update(1e-3, AdamW{LayerDecay: decay}); !errors.Is(err, ErrSpec) {
			t.Errorf("%v: %v", decay, err)
		}
	}
}

// With a rate of their own the heads go as in a training at that rate, and the encoder as in one without, whatever its decay.
func TestHeadRate(t *testing.T) {
	after := func(lr float64, o AdamW) (*Model, []float32) {
		m := open(t, tinySpec())
		o.WeightDecay, o.ClipNorm = 0.1, 1
		gradientOf(t, m, examplesOf(tinyReference(t).Batches[0]), goldOnly, 4, 0)
		if _, err := m.Update(lr, o); err != nil {
			t.Fatal(err)
		}
		return m, stateOf(t, m).Parameters
	}
	for _, decay := range []float64{0, 0.9} {
		m, got := after(1e-3, AdamW{LayerDecay: decay, HeadRate: 8})
		_, slow := after(1e-3, AdamW{LayerDecay: decay})
		_, fast := after(8e-3, AdamW{LayerDecay: decay})
		for _, p := range m.Parameters() {
			want := fast
			if isEncoder(p) {
				want = slow
			}
			if diff := cmp.Diff(want[p.Offset:p.End()], got[p.Offset:p.End()]); diff != "" {
				t.Errorf("decay %v, %s: %s", decay, p.Name, diff)
			}
		}
	}
	m, _ := after(1e-3, AdamW{})
	for _, rate := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := m.Update(1e-3, AdamW{HeadRate: rate}); !errors.Is(err, ErrSpec) {
			t.Errorf("%v: %v", rate, err)
		}
	}
}
