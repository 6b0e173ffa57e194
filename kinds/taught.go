package kinds

import (
	"fmt"
	"math"
)

// floor is the least probability of an answer that was made elsewhere: what a teacher excludes needs a logit too.
const floor = 1e-7

// unit is by how much such probabilities may miss a sum of 1: they are rounded when they are written.
const unit = 0.01

func (classes) Taught(outputs int) int { return outputs }
func (labels) Taught(outputs int) int  { return outputs }
func (value) Taught(int) int           { return 1 }

func (classes) CheckTaught(names []string, said []float64) error {
	sum := 0.0
	for i, p := range said {
		if err := checkProbability(names[i], p); err != nil {
			return err
		}
		sum += p
	}
	if math.Abs(sum-1) > unit {
		return fmt.Errorf("%w: the probabilities add up to %.4g, not to 1", ErrTaught, sum)
	}
	return nil
}

func checkProbability(name string, p float64) error {
	if !(p >= 0 && p <= 1+unit) {
		return fmt.Errorf("%w: the probability of %s is %v, not from 0 to 1", ErrTaught, name, p)
	}
	return nil
}

// Logits have the probabilities as their softmax, none of them below floor.
func (classes) Logits(said []float64) []float32 {
	sum := 0.0
	for _, p := range said {
		sum += math.Max(p, floor)
	}
	logits := make([]float32, len(said))
	for i, p := range said {
		logits[i] = float32(math.Log(math.Max(p, floor) / sum))
	}
	return logits
}

func (classes) Certain(g Gold, outputs int) []float64 {
	said := make([]float64, outputs)
	said[g.Class] = 1
	return said
}

func (labels) CheckTaught(names []string, said []float64) error {
	for i, p := range said {
		if err := checkProbability(names[i], p); err != nil {
			return err
		}
	}
	return nil
}

// Logits are log odds, of probabilities from floor to 1 − floor.
func (labels) Logits(said []float64) []float32 {
	logits := make([]float32, len(said))
	for i, p := range said {
		p = min(max(p, floor), 1-floor)
		logits[i] = float32(math.Log(p) - math.Log1p(-p))
	}
	return logits
}

func (labels) Certain(g Gold, outputs int) []float64 {
	said := make([]float64, outputs)
	for _, label := range g.Set {
		said[label] = 1
	}
	return said
}

func (value) CheckTaught(names []string, said []float64) error {
	if math.IsNaN(said[0]) || math.Abs(said[0]) > math.MaxFloat32 {
		return fmt.Errorf("%w: the value %s is %v", ErrTaught, names[0], said[0])
	}
	return nil
}

func (value) Logits(said []float64) []float32 { return []float32{float32(said[0])} }

func (value) Certain(g Gold, _ int) []float64 { return []float64{g.Value} }
