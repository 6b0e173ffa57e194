package softmax

import "math"

// Standardized are logits less their mean, divided by their deviation over n−1 (Sun et al., 2024).
func Standardized(logits []float32) []float32 {
	mean, squares := 0.0, 0.0
	for _, z := range logits {
		mean += float64(z) / float64(len(logits))
	}
	for _, z := range logits {
		squares += (float64(z) - mean) * (float64(z) - mean)
	}
	deviation := math.Sqrt(squares / float64(len(logits)-1))
	all := make([]float32, len(logits))
	for i, z := range logits {
		if deviation > 0 {
			all[i] = float32((float64(z) - mean) / deviation)
		}
	}
	return all
}

// Mean are logits whose softmax at a temperature is the mean of the others' at that temperature.
func Mean(logits [][]float32, temperature float64) []float32 {
	mean := make([]float64, len(logits[0]))
	for _, of := range logits {
		cooled := make([]float32, len(of))
		for i, z := range of {
			cooled[i] = float32(float64(z) / temperature)
		}
		for i, p := range Of(cooled) {
			mean[i] += p / float64(len(logits))
		}
	}
	all := make([]float32, len(mean))
	for i, p := range mean {
		all[i] = float32(temperature * math.Log(math.Max(p, smallest)))
	}
	return all
}

// smallest keeps logarithms finite: below it a probability counts as none in any sum of float32.
const smallest = 1e-30
