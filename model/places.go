package model

import "ringmaster/model/torch"

// places are the positions for which the last layer computes its hidden states. The pooler or
// the masked-language-model head reads no others; the result is the same.
type places struct {
	// few says that queries gives other rows than it gets.
	few bool
	// queries gives the states at the places, [B·Q, H], of those at all positions, [B·L, H].
	// Each text has the same number Q; meant removes the padding: [K, H].
	queries, meant func(s *torch.Scope, x *torch.Tensor) *torch.Tensor
}

// allPositions is every position of every text.
var allPositions = places{queries: unchanged, meant: unchanged}

func unchanged(_ *torch.Scope, x *torch.Tensor) *torch.Tensor { return x }

// late are the same places where the attention is computed at all positions: scores that differ
// by the query's position are known for all of a text's.
func (p places) late() places {
	return places{queries: unchanged, meant: func(s *torch.Scope, x *torch.Tensor) *torch.Tensor { return p.meant(s, p.queries(s, x)) }}
}

// rowsAt are the rows of a pass that index names.
func rowsAt(index *torch.Tensor) func(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	return func(s *torch.Scope, x *torch.Tensor) *torch.Tensor { return s.IndexSelect(x, 0, index) }
}

// first is the first position of every text.
func (e *bertPass) first() places {
	return places{
		few: true,
		queries: func(s *torch.Scope, xTH *torch.Tensor) *torch.Tensor {
			xBLH := s.View(xTH, e.rows(), e.length(), e.hidden())
			return s.Reshape(s.Narrow(xBLH, 1, 0, 1), e.rows(), e.hidden())
		},
		meant: unchanged,
	}
}

// maskedPlaces are the masked positions. Texts with fewer than others are padded with their
// first position.
func (e *bertPass) maskedPlaces(s *torch.Scope) places {
	most := 0
	for _, x := range e.batch.examples {
		most = max(most, len(x.Masked))
	}
	var from, real []int64 // rows of [B·L, H]; rows of [B·most, H]
	for i, x := range e.batch.examples {
		for k := range most {
			at := 0
			if k < len(x.Masked) {
				at = int(x.Masked[k])
				real = append(real, int64(i*most+k))
			}
			from = append(from, int64(i*e.batch.length+at))
		}
	}
	fromI, realI := s.To(s.Ints(from, int64(len(from))), e.device), s.To(s.Ints(real, int64(len(real))), e.device)
	return places{few: true, queries: rowsAt(fromI), meant: rowsAt(realI)}
}
