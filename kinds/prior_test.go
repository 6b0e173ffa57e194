package kinds_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/config"
	"ringmaster/kinds"
)

// meanLoss is the mean loss of outputs that are the same for all rows, by the losses' definitions.
func meanLoss(k kinds.Kind, outputs []float64, rows []kinds.Gold, s kinds.Settings) (sum float64) {
	for _, g := range rows {
		y := k.Target(g, nil, 1, len(outputs), s)
		switch k.Loss(len(outputs)) {
		case kinds.CrossEntropy:
			of := 0.0
			for _, z := range outputs {
				of += math.Exp(z)
			}
			for i, z := range outputs {
				sum -= y[i] * (z - math.Log(of))
			}
		case kinds.BinaryCrossEntropy:
			for i, z := range outputs {
				sum += y[2*i]*math.Log1p(math.Exp(-z)) + y[2*i+1]*math.Log1p(math.Exp(z))
			}
		case kinds.SquaredError:
			sum += (outputs[0] - y[0]) * (outputs[0] - y[0])
		case kinds.BetaNLL: // with β = 0, whose minimum is a likelihood's
			sum += (outputs[1] + (y[0]-outputs[0])*(y[0]-outputs[0])/math.Exp(outputs[1])) / 2
		}
	}
	return sum / float64(len(rows))
}

func meanTarget(k kinds.Kind, outputs int, rows []kinds.Gold, s kinds.Settings) []float64 {
	mean := make([]float64, outputs*k.Loss(outputs).Targets())
	for _, g := range rows {
		for i, y := range k.Target(g, nil, 1, outputs, s) {
			mean[i] += y / float64(len(rows))
		}
	}
	return mean
}

// Of all outputs that are the same for every text a prior has the least loss, with weights and smoothing too.
func TestAPriorHasTheLeastLoss(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, name := range config.Kinds() {
		for _, outputs := range []int{1, 2, 3, 28} {
			k := kinds.Of(name)
			if outputs < k.Fewest() || outputs > k.Most() {
				continue
			}
			for _, s := range []kinds.Settings{{}, {Smoothing: 0.1}, {Weights: make([]float64, outputs), Smoothing: 0.02}} {
				for i := range s.Weights {
					s.Weights[i] = 0.1 + 5*r.Float64()
				}
				rows, values := make([]kinds.Gold, 200), make([]float64, 200)
				for i := range rows {
					if i < outputs || r.IntN(2) == 0 {
						rows[i].Class = i % outputs // every class has a row
					}
					for label := range outputs {
						if r.IntN(label+2) == 0 {
							rows[i].Set = append(rows[i].Set, int32(label))
						}
					}
					values[i] = 40 + 7*r.NormFloat64()
					rows[i].Value = values[i]
				}
				if name == config.KindValue {
					s = kinds.Settings{}
					s.Scale, _ = kinds.ScaleOf(values)
				}
				prior := k.Prior(meanTarget(k, outputs, rows, s), len(rows))
				least := meanLoss(k, prior, rows, s)
				for i := range prior {
					for _, by := range []float64{-0.01, 0.01} {
						prior[i] += by
						if loss := meanLoss(k, prior, rows, s); loss <= least-1e-12 {
							t.Errorf("%s of %d outputs: loss %v, and %v with output %d moved by %v", name, outputs, least, loss, i, by)
						}
						prior[i] -= by
					}
				}
			}
		}
	}
}

// Without weights a prior says the classes' or labels' frequencies; weights inverse to them leave nothing to say; and a
// class that no row has is unlikely, not impossible.
func TestAPriorSaysFrequencies(t *testing.T) {
	near := cmpopts.EquateApprox(0, 1e-6)
	said := func(name config.Kind, s kinds.Settings, outputs int, rows ...kinds.Gold) []float64 {
		var logits []float32
		for _, z := range kinds.Of(name).Prior(meanTarget(kinds.Of(name), outputs, rows, s), len(rows)) {
			logits = append(logits, float32(z))
		}
		return kinds.Of(name).Teach(logits)
	}
	classes := []kinds.Gold{{Class: 0}, {Class: 0}, {Class: 0}, {Class: 1}}
	labels := []kinds.Gold{{Set: []int32{0, 1}}, {Set: []int32{0}}, {Set: []int32{0}}, {}}
	for _, c := range []struct {
		kind config.Kind
		s    kinds.Settings
		rows []kinds.Gold
		want []float64
	}{
		{config.KindClasses, kinds.Settings{}, classes, []float64{0.75, 0.25}},
		{config.KindOrdered, kinds.Settings{Weights: []float64{4. / 6, 4. / 2}}, classes, []float64{0.5, 0.5}},
		{config.KindClasses, kinds.Settings{Smoothing: 0.2}, classes, []float64{0.7, 0.3}},
		{config.KindClasses, kinds.Settings{}, classes[:3], []float64{6. / 7, 1. / 7}},
		{config.KindLabels, kinds.Settings{}, labels, []float64{0.75, 0.25}},
		{config.KindLabels, kinds.Settings{Weights: []float64{1. / 3, 3}}, labels, []float64{0.5, 0.5}},
		{config.KindLabels, kinds.Settings{}, labels[:1], []float64{0.5, 0.5}},
		{config.KindLabels, kinds.Settings{}, labels[1:3], []float64{0.75, 0.25}},
	} {
		if diff := cmp.Diff(c.want, said(c.kind, c.s, 2, c.rows...), near); diff != "" {
			t.Errorf("%s %+v: %s", c.kind, c.s, diff)
		}
	}
}
