package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// normsFirst is a layer that normalises what each of its parts gets, and adds what the part gives (ModernBERT's). Its
// attention is computed at all positions.
func (e *bertPass) normsFirst(s *torch.Scope, name string, i int, xTH *torch.Tensor, at places) *torch.Tensor {
	at = at.late()
	attendedTH := s.Block(func(s *torch.Scope) *torch.Tensor {
		normedTH := xTH
		if i > 0 { // the embeddings are normalised already
			normedTH = e.norm(s, name+"attention.LayerNorm", xTH)
		}
		return e.attend(s, name+"attention.self.", i, normedTH, normedTH, at.few)
	})
	attended, x := at.meant(s, attendedTH), at.meant(s, xTH)
	x = s.Add(x, s.Dropout(e.linear(s, name+"attention.output.dense", attended), e.drop.attention))
	return s.Add(x, s.Block(func(s *torch.Scope) *torch.Tensor {
		inner := e.gated(s, name+"intermediate.dense", e.norm(s, name+"intermediate.LayerNorm", x))
		return e.linear(s, name+"output.dense", s.Dropout(inner, e.drop.hidden))
	}))
}

// gated is a linear map whose first half goes through the activation and is multiplied by the second.
func (e *bertPass) gated(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	both, width := e.linear(s, name, x), int64(e.config.IntermediateSize)
	return s.Mul(activate(s, weights.Activation(e.config.HiddenAct), s.Narrow(both, 1, 0, width)), s.Narrow(both, 1, width, width))
}

// mean is the mean of each text's states, [B, H].
func (e *bertPass) mean(s *torch.Scope, xTH *torch.Tensor) *torch.Tensor {
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		var share []float32
		for _, x := range e.batch.examples {
			for at := range e.batch.length {
				if at < len(x.IDs) {
					share = append(share, 1/float32(len(x.IDs)))
				} else {
					share = append(share, 0)
				}
			}
		}
		shareBL1 := s.To(s.Floats(share, e.rows(), e.length(), 1), e.device)
		return s.SumOver(s.Mul(s.View(xTH, e.rows(), e.length(), e.hidden()), shareBL1), 1)
	})
}
