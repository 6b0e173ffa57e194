package kinds

import (
	"fmt"
	"math"

	"ringmaster/model/softmax"
	"ringmaster/run/metrics"
)

// classes: one class a text.
type classes struct{}

func (classes) Loss(int) Loss { return CrossEntropy }
func (classes) Fewest() int   { return 2 }
func (classes) Most() int     { return math.MaxInt32 }

func (classes) CheckGold(g Gold, outputs int) error {
	if g.Class < 0 || g.Class >= outputs {
		return fmt.Errorf("%w: class %d does not exist; the task has %d", ErrGold, g.Class, outputs)
	}
	return nil
}

func (classes) Teach(logits []float32) []float64 { return softmax.Of(logits) }

func (classes) Mean(logits [][]float32, temperature float64) []float32 {
	return softmax.Mean(logits, temperature)
}

// Target is λ·onehot(gold) + (1−λ)·taught, Equation 3. Cross-entropy is linear in it, so that the whole of
// it times the gold class's weight is the weighted loss.
func (classes) Target(g Gold, taught []float64, lambda float64, outputs int, s Settings) []float64 {
	y := make([]float64, outputs)
	if lambda < 1 {
		for i, p := range taught {
			y[i] = (1 - lambda) * p
		}
	}
	if lambda > 0 {
		y[g.Class] += lambda * (1 - s.Smoothing)
		for i := range y {
			y[i] += lambda * s.Smoothing / float64(outputs)
		}
	}
	if s.Weights != nil {
		for i := range y {
			y[i] *= s.Weights[g.Class]
		}
	}
	return y
}

func (classes) Answer(logits []float32, _ float64) Answer {
	return Answer{Class: softmax.Argmax(logits), Probabilities: softmax.Of(logits)}
}

func (classes) NewScorer(names []string, positive string) (Scorer, error) {
	c, err := metrics.NewConfusion(names)
	if err != nil {
		return nil, err
	}
	return classScorer{c}, c.JudgeBy(positive)
}

type classScorer struct{ *metrics.Confusion }

func (s classScorer) Add(g Gold, logits []float32) error {
	return s.Confusion.Add(g.Class, softmax.Argmax(logits))
}

func (s classScorer) Threshold() float64            { return metrics.DefaultThreshold }
func (s classScorer) Scores(float64) metrics.Scores { return s.Confusion.Scores() }
