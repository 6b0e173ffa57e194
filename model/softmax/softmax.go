package softmax

import "math"

// Of gives the classes' probabilities, computed in float64. The largest logit is taken off
// first, so that none overflows.
func Of(logits []float32) []float64 {
	top := math.Inf(-1)
	for _, z := range logits {
		top = math.Max(top, float64(z))
	}
	p, sum := make([]float64, len(logits)), 0.0
	for i, z := range logits {
		p[i] = math.Exp(float64(z) - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// Rounded are probabilities rounded to seven digits after the point, about what float32 logits
// determine: for files that people read and compare.
func Rounded(probabilities []float64) []float64 {
	p := make([]float64, len(probabilities))
	for i := range p {
		p[i] = math.Round(probabilities[i]*1e7) / 1e7
	}
	return p
}

// Argmax is the class with the largest logit, the first of equals.
func Argmax(logits []float32) int {
	best := 0
	for i, z := range logits {
		if z > logits[best] {
			best = i
		}
	}
	return best
}
