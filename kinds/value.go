package kinds

import (
	"fmt"
	"math"

	"ringmaster/run/metrics"
)

// value: a real number.
type value struct{}

// Loss is the squared error of one output, and β-NLL of a mean and a variance.
func (value) Loss(outputs int) Loss {
	if outputs == meanAndVariance {
		return BetaNLL
	}
	return SquaredError
}

func (value) Fewest() int { return 1 }
func (value) Most() int   { return meanAndVariance }

func (value) CheckGold(g Gold, _ int) error {
	if math.IsNaN(g.Value) || math.IsInf(g.Value, 0) {
		return fmt.Errorf("%w: the value is %v", ErrGold, g.Value)
	}
	return nil
}

func (value) Teach(logits []float32) []float64 { return []float64{float64(logits[0])} }

func (value) Mean(logits [][]float32, _ float64) []float32 {
	var sum float64
	for _, l := range logits {
		sum += float64(l[0])
	}
	return []float32{float32(sum / float64(len(logits)))}
}

// Target is λ·gold + (1−λ)·taught, standardised. Of a mean and a variance it is what both are held against; a second
// number is not used: teachers teach the mean alone.
func (value) Target(g Gold, taught []float64, lambda float64, outputs int, s Settings) []float64 {
	var y float64
	if lambda < 1 {
		y = (1 - lambda) * s.Scale.Standardised(taught[0])
	}
	if lambda > 0 {
		y += lambda * s.Scale.Standardised(g.Value)
	}
	return append(make([]float64, 0, outputs), y, 0)[:outputs]
}

func (value) Answer(logits []float32, _ float64) Answer {
	return Answer{Class: -1, Value: float64(logits[0]), Deviation: deviationOf(logits)}
}

func (value) NewScorer(names []string, _ string) (Scorer, error) {
	return valueScorer{metrics.NewValued(names[0])}, nil
}

type valueScorer struct{ *metrics.Valued }

func (s valueScorer) Add(g Gold, logits []float32) error {
	return s.Valued.Add(g.Value, float64(logits[0]))
}

func (s valueScorer) Threshold() float64            { return metrics.DefaultThreshold }
func (s valueScorer) Scores(float64) metrics.Scores { return s.Valued.Scores() }
