package model

import "ringmaster/model/torch"

// paddedAttention is for texts of one length, some of whose tokens may be padding.
type paddedAttention struct {
	texts   int64
	mask    *torch.Tensor // [B, 1, 1, L], true where a key takes part; nil when nothing is padded
	dropout float64
}

func (a paddedAttention) attend(s *torch.Scope, q, k, v, scores *torch.Tensor, _ bool) *torch.Tensor {
	mask := a.mask
	if scores != nil {
		mask = scores
	}
	oBALD := s.Attention(a.split(s, q), a.split(s, k), a.split(s, v), mask, a.dropout)
	// [B, L, A, D] → [B·L, H]
	oBLAD := s.Transpose(oBALD, 1, 2)
	return s.Flatten(s.Flatten(oBLAD, 2, 3), 0, 1)
}

// split turns [B·L, A, D] into [B, A, L, D].
func (a paddedAttention) split(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	return s.Transpose(s.Unflatten(x, 0, a.texts, -1), 1, 2)
}

// packedAttention is for texts of any lengths, one after another without padding. It takes no
// scores: a model that has some is not recorded.
type packedAttention struct {
	all, few torch.PackedTexts // with every token as a query, and with those of the last layer
	dropout  float64
}

func (a packedAttention) attend(s *torch.Scope, q, k, v, _ *torch.Tensor, few bool) *torch.Tensor {
	texts := a.all
	if few {
		texts = a.few
	}
	return s.Flatten(s.PackedAttention(q, k, v, texts, a.dropout), 1, 2)
}
