package flops

// Encoder is the shape of a BERT.
type Encoder struct {
	Layers, Hidden, Intermediate, Vocabulary int
}

// training is how many times the forward pass's arithmetic a training step takes.
const training = 3

// Forward is the arithmetic of one text of so many tokens, with the pooler.
func (e Encoder) Forward(tokens int) float64 {
	n, h, i := float64(tokens), float64(e.Hidden), float64(e.Intermediate)
	projections := 4 * 2 * n * h * h // query, key, value, output
	feedForward := 2 * 2 * n * h * i
	attention := 2 * 2 * n * n * h // scores, and the mean of the values
	return float64(e.Layers)*(projections+feedForward+attention) + 2*h*h
}

// Train is the arithmetic of a classifier's training on one text.
func (e Encoder) Train(tokens int) float64 { return training * e.Forward(tokens) }

// TrainMasked is that of masked-language training on one sequence, of which a share of the
// positions is predicted.
func (e Encoder) TrainMasked(tokens int, masked float64) float64 {
	h, v := float64(e.Hidden), float64(e.Vocabulary)
	pooler := 2 * h * h // not part of a masked language model
	return training * (e.Forward(tokens) - pooler + masked*float64(tokens)*(2*h*h+2*h*v))
}
