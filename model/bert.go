package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// bert is transformers' BertModel. In names of tensors B is the batch, L the padded
// length, H the hidden size, A the attention heads, D the size of one.
type bert struct{ config weights.BertConfig }

// bertPass is one forward pass.
type bertPass struct {
	pass
	config weights.BertConfig
	mask   *torch.Tensor // [B, 1, 1, L], true where a key takes part; nil when nothing is padded
}

// encode runs layers and pooler.
func (b bert) encode(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	return p.inPrecision(s, func(s *torch.Scope) *torch.Tensor {
		e := &bertPass{pass: p, config: b.config}
		firstBH := e.layers(s, words, e.first())
		return s.Tanh(e.linear(s, pooler, firstBH))
	})
}

// at gives the last layer's states at the micro-batch's masked positions, [K, H], text by text.
func (b bert) at(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	e := &bertPass{pass: p, config: b.config}
	return e.layers(s, words, e.maskedPlaces(s))
}

// layers runs all layers; of the last it gives the states at some places alone, [K, H].
func (e *bertPass) layers(s *torch.Scope, words *torch.Tensor, at places) *torch.Tensor {
	e.mask = e.attentionMask(s)
	xBLH := e.embed(s, words)
	last := e.config.NumHiddenLayers - 1
	for i := range last {
		xBLH = s.Block(func(s *torch.Scope) *torch.Tensor { return e.layer(s, i, xBLH, allPositions) })
	}
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		return s.Reshape(e.layer(s, last, xBLH, at), -1, e.hidden())
	})
}

func (e *bertPass) attentionMask(s *torch.Scope) *torch.Tensor {
	if !e.batch.padded() {
		return nil
	}
	return s.To(s.Bools(e.batch.mask(), e.rows(), 1, 1, e.length()), e.device)
}

// embed adds the position's and the token type's embedding (all are of type 0) to the
// words', then normalises.
func (e *bertPass) embed(s *torch.Scope, words *torch.Tensor) *torch.Tensor {
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		positionLH := s.Narrow(e.param(positionEmbeddings+".weight"), 0, 0, e.length())
		type1H := s.Narrow(e.param(typeEmbeddings+".weight"), 0, 0, 1)
		xBLH := s.Add(s.View(words, e.rows(), e.length(), e.hidden()), s.Add(positionLH, type1H))
		return s.Dropout(e.norm(s, embeddingsNorm, xBLH), e.drop.hidden)
	})
}

// layer is one transformer layer. It computes the states at some places alone, from keys and
// values of all.
func (e *bertPass) layer(s *torch.Scope, i int, xBLH *torch.Tensor, at places) *torch.Tensor {
	name := layerPrefix(i)
	query := at.queries(s, xBLH)
	attended := s.Block(func(s *torch.Scope) *torch.Tensor {
		q := e.split(s, e.linear(s, name+"attention.self.query", query))
		k := e.split(s, e.linear(s, name+"attention.self.key", xBLH))
		v := e.split(s, e.linear(s, name+"attention.self.value", xBLH))
		oBALD := s.Attention(q, k, v, e.mask, e.drop.attention)
		return s.Reshape(s.Transpose(oBALD, 1, 2), e.rows(), -1, e.hidden())
	})
	attended, query = at.meant(s, attended), at.meant(s, query)
	attended = s.Dropout(e.linear(s, name+"attention.output.dense", attended), e.drop.hidden)
	y := e.norm(s, name+"attention.output.LayerNorm", s.Add(attended, query))
	inner := s.Block(func(s *torch.Scope) *torch.Tensor {
		return e.activate(s, e.linear(s, name+"intermediate.dense", y))
	})
	out := s.Dropout(e.linear(s, name+"output.dense", inner), e.drop.hidden)
	return e.norm(s, name+"output.LayerNorm", s.Add(out, y))
}

// split turns [B, L, H] into [B, A, L, D].
func (e *bertPass) split(s *torch.Scope, xBLH *torch.Tensor) *torch.Tensor {
	heads := int64(e.config.NumAttentionHeads)
	return s.Transpose(s.View(xBLH, e.rows(), -1, heads, e.hidden()/heads), 1, 2)
}

// activate applies config.json's hidden_act, which package weights has checked.
func (e *bertPass) activate(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	switch e.config.HiddenAct {
	case "relu":
		return s.Relu(x)
	case "gelu_new":
		return s.Gelu(x, true)
	default:
		return s.Gelu(x, false)
	}
}

func (e *bertPass) norm(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	return s.LayerNorm(x, e.hidden(), e.param(name+".weight"), e.param(name+".bias"), e.config.LayerNormEps)
}

func (e *bertPass) hidden() int64 { return int64(e.config.HiddenSize) }
