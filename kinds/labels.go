package kinds

import (
	"fmt"
	"math"

	"ringmaster/run/metrics"
)

// labels: any number of labels a text.
type labels struct{}

func (labels) Loss(int) Loss { return BinaryCrossEntropy }
func (labels) Fewest() int   { return 2 }
func (labels) Most() int     { return math.MaxInt32 }

func (labels) CheckGold(g Gold, outputs int) error {
	for i, label := range g.Set {
		if label < 0 || int(label) >= outputs || i > 0 && label <= g.Set[i-1] {
			return fmt.Errorf("%w: labels %v are not ascending numbers below %d", ErrGold, g.Set, outputs)
		}
	}
	return nil
}

func (labels) Teach(logits []float32) []float64 {
	p := make([]float64, len(logits))
	for i, z := range logits {
		p[i] = sigmoid(float64(z))
	}
	return p
}

// Mean has the log odds of the mean probabilities.
func (labels) Mean(logits [][]float32, _ float64) []float32 {
	mean := make([]float32, len(logits[0]))
	for i := range mean {
		var yes, no float64
		for _, l := range logits {
			yes, no = yes+sigmoid(float64(l[i])), no+sigmoid(-float64(l[i]))
		}
		mean[i] = float32(math.Log(yes) - math.Log(no))
	}
	return mean
}

func sigmoid(z float64) float64 {
	if z < 0 { // so that eᶻ cannot overflow
		e := math.Exp(z)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-z))
}

// Target has for each label what it is present and absent with, y and 1−y, of y = λ·gold + (1−λ)·taught, divided by the number
// of labels: the example's loss is their mean. A weight counts where the label is present (BCEWithLogitsLoss's pos_weight).
func (labels) Target(g Gold, taught []float64, lambda float64, outputs int, s Settings) []float64 {
	y := make([]float64, outputs)
	if lambda < 1 {
		for i, p := range taught {
			y[i] = (1 - lambda) * p
		}
	}
	if lambda > 0 {
		for i := range y {
			y[i] += lambda * s.Smoothing / 2
		}
		for _, label := range g.Set {
			y[label] += lambda * (1 - s.Smoothing)
		}
	}
	n := float64(outputs)
	targets := make([]float64, 0, 2*outputs)
	for i, present := range y {
		absent := 1 - present
		if s.Weights != nil {
			present *= s.Weights[i]
		}
		targets = append(targets, present/n, absent/n)
	}
	return targets
}

func (labels) Answer(logits []float32, threshold float64) Answer {
	p := labels{}.Teach(logits)
	return Answer{Class: -1, Set: metrics.Given(p, threshold), Probabilities: p}
}

func (labels) NewScorer(names []string, _ string) (Scorer, error) {
	l, err := metrics.NewLabelled(names)
	return labelScorer{l}, err
}

type labelScorer struct{ *metrics.Labelled }

func (s labelScorer) Add(g Gold, logits []float32) error {
	return s.Labelled.Add(g.Set, labels{}.Teach(logits))
}

func (s labelScorer) Threshold() float64 { return s.BestThreshold() }
