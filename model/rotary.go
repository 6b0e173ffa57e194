package model

import (
	"math"

	"ringmaster/model/torch"
)

// rotaryPositions turn a ModernBERT's queries and keys by angles that grow with the position, so that their product
// depends on the distance (RoPE; Su et al., "RoFormer", 2021). In local layers a token sees those near it alone.
type rotaryPositions struct {
	everywhere, near turns
	padding          *torch.Tensor // paddingScores
	// window is what is added to the scores of local layers, padding included, [B or 1, 1, L, L]; nil where no text is
	// longer than what a token sees.
	window *torch.Tensor
}

// turns are the cosines and sines of each position's angles, [L, 1, D].
type turns struct{ cosines, sines *torch.Tensor }

func (e *bertPass) newRotaryPositions(s *torch.Scope) *rotaryPositions {
	c := e.config
	r := &rotaryPositions{everywhere: e.newTurns(s, c.GlobalTheta), near: e.newTurns(s, c.LocalTheta), padding: e.paddingScores(s)}
	length := int(e.length())
	if length > c.Reach()+1 {
		window := make([]float32, 0, length*length)
		for query := range length {
			for key := range length {
				if max(query-key, key-query) <= c.Reach() {
					window = append(window, 0)
				} else {
					window = append(window, belowAnyScore)
				}
			}
		}
		r.window = withPadding(s, s.To(s.Floats(window, 1, 1, e.length(), e.length()), e.device), r.padding)
	}
	return r
}

// newTurns computes in float32 what transformers computes so: at far positions the rounding of an angle shows.
func (e *bertPass) newTurns(s *torch.Scope, theta float64) turns {
	length, width := int(e.length()), e.config.HiddenSize/e.config.NumAttentionHeads
	frequencies := make([]float32, width)
	for i := range frequencies {
		exponent := float32(2*(i%(width/2))) / float32(width)
		frequencies[i] = 1 / float32(math.Pow(theta, float64(exponent)))
	}
	var cosines, sines []float32
	for position := range length {
		for _, frequency := range frequencies {
			angle := float64(float32(position) * frequency)
			cosines, sines = append(cosines, float32(math.Cos(angle))), append(sines, float32(math.Sin(angle)))
		}
	}
	shaped := func(x []float32) *torch.Tensor {
		return s.To(s.Floats(x, int64(length), 1, int64(width)), e.device)
	}
	return turns{shaped(cosines), shaped(sines)}
}

func (r *rotaryPositions) tell(s *torch.Scope, e *bertPass, layer int, q, k *torch.Tensor) (toldQ, toldK, scores *torch.Tensor) {
	if e.config.IsGlobal(layer) {
		return r.everywhere.apply(s, e, q), r.everywhere.apply(s, e, k), r.padding
	}
	scores = r.padding
	if r.window != nil {
		scores = r.window
	}
	return r.near.apply(s, e, q), r.near.apply(s, e, k), scores
}

// apply turns each pair of an element of a head's first half and the one of its second half, [T, A, D].
func (t turns) apply(s *torch.Scope, e *bertPass, xTAD *torch.Tensor) *torch.Tensor {
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		xBLAD := s.Unflatten(xTAD, 0, e.rows(), -1)
		half := int64(e.config.HiddenSize / e.config.NumAttentionHeads / 2)
		turned := s.Cat([]*torch.Tensor{s.Scale(s.Narrow(xBLAD, 3, half, half), -1), s.Narrow(xBLAD, 3, 0, half)}, 3)
		return s.Flatten(s.Add(s.Mul(xBLAD, t.cosines), s.Mul(turned, t.sines)), 0, 1)
	})
}
