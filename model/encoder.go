package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// dropout holds the probabilities of the three places that have one.
type dropout struct{ hidden, attention, head float64 }

func dropoutOf(c weights.BertConfig, override *float64) dropout {
	if override != nil {
		return dropout{*override, *override, *override}
	}
	return dropout{c.HiddenDropoutProb, c.AttentionProbsDropoutProb, c.HeadDropout()}
}

// none says that training runs no dropout at all and so draws no random number.
func (d dropout) none() bool { return d == dropout{} }

// encoder is one forward pass. In names of tensors B is the batch, L the padded
// length, H the hidden size, A the attention heads, D the size of one.
type encoder struct {
	m    *Model
	drop dropout // all zero when not training
	b    batch
	mask *torch.Tensor // [B, 1, 1, L], true where a key takes part; nil when nothing is padded
}

// encode runs a batch through encoder and pooler. words are the rows of the word
// embeddings, [B·L, H]; the result is [B, H].
func (e *encoder) encode(s *torch.Scope, words *torch.Tensor) *torch.Tensor {
	e.mask = e.attentionMask(s)
	xBLH := e.embed(s, words)
	for i := range e.m.config.NumHiddenLayers {
		last := i == e.m.config.NumHiddenLayers-1
		xBLH = s.Block(func(s *torch.Scope) *torch.Tensor { return e.layer(s, i, xBLH, last) })
	}
	first := s.Reshape(s.Narrow(xBLH, 1, 0, 1), e.rows(), e.hidden())
	return s.Tanh(e.linear(s, pooler, first))
}

func (e *encoder) attentionMask(s *torch.Scope) *torch.Tensor {
	mask := e.b.mask()
	if mask == nil {
		return nil
	}
	return s.To(s.Bools(mask, e.rows(), 1, 1, e.length()), e.m.device)
}

// embed adds the position's and the token type's embedding (all are of type 0) to the
// words', then normalises.
func (e *encoder) embed(s *torch.Scope, words *torch.Tensor) *torch.Tensor {
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		positionLH := s.Narrow(e.param(positionEmbeddings+".weight"), 0, 0, e.length())
		type1H := s.Narrow(e.param(typeEmbeddings+".weight"), 0, 0, 1)
		xBLH := s.Add(s.View(words, e.rows(), e.length(), e.hidden()), s.Add(positionLH, type1H))
		return s.Dropout(e.norm(s, embeddingsNorm, xBLH), e.drop.hidden)
	})
}

// layer is one transformer layer. With firstOnly it computes the first position alone,
// [B, 1, H], from keys and values of all.
func (e *encoder) layer(s *torch.Scope, i int, xBLH *torch.Tensor, firstOnly bool) *torch.Tensor {
	name := layerPrefix(i)
	query := xBLH
	if firstOnly {
		query = s.Narrow(xBLH, 1, 0, 1)
	}
	attended := s.Block(func(s *torch.Scope) *torch.Tensor {
		q := e.split(s, e.linear(s, name+"attention.self.query", query))
		k := e.split(s, e.linear(s, name+"attention.self.key", xBLH))
		v := e.split(s, e.linear(s, name+"attention.self.value", xBLH))
		oBALD := s.Attention(q, k, v, e.mask, e.drop.attention)
		return s.Reshape(s.Transpose(oBALD, 1, 2), e.rows(), -1, e.hidden())
	})
	attended = s.Dropout(e.linear(s, name+"attention.output.dense", attended), e.drop.hidden)
	y := e.norm(s, name+"attention.output.LayerNorm", s.Add(attended, query))
	inner := s.Block(func(s *torch.Scope) *torch.Tensor {
		return e.activate(s, e.linear(s, name+"intermediate.dense", y))
	})
	out := s.Dropout(e.linear(s, name+"output.dense", inner), e.drop.hidden)
	return e.norm(s, name+"output.LayerNorm", s.Add(out, y))
}

// split turns [B, L, H] into [B, A, L, D].
func (e *encoder) split(s *torch.Scope, xBLH *torch.Tensor) *torch.Tensor {
	heads := int64(e.m.config.NumAttentionHeads)
	return s.Transpose(s.View(xBLH, e.rows(), -1, heads, e.hidden()/heads), 1, 2)
}

// activate applies config.json's hidden_act, which package weights has checked.
func (e *encoder) activate(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	switch e.m.config.HiddenAct {
	case "relu":
		return s.Relu(x)
	case "gelu_new":
		return s.Gelu(x, true)
	default:
		return s.Gelu(x, false)
	}
}

func (e *encoder) param(name string) *torch.Tensor { return e.m.views[name] }

func (e *encoder) linear(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	return s.Linear(x, e.param(name+".weight"), e.param(name+".bias"))
}

func (e *encoder) norm(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	return s.LayerNorm(x, e.hidden(), e.param(name+".weight"), e.param(name+".bias"), e.m.config.LayerNormEps)
}

func (e *encoder) rows() int64   { return int64(len(e.b.examples)) }
func (e *encoder) length() int64 { return int64(e.b.length) }
func (e *encoder) hidden() int64 { return int64(e.m.config.HiddenSize) }

// logits runs the task's head on its rows of pooled, which is [B, H]; the result is
// [rows, classes].
func (e *encoder) logits(s *torch.Scope, pooled *torch.Tensor, task int, rows []int64) *torch.Tensor {
	x := pooled
	if int64(len(rows)) != e.rows() {
		x = s.IndexSelect(pooled, 0, s.To(s.Ints(rows, int64(len(rows))), e.m.device))
	}
	return e.linear(s, headPrefix(e.m.tasks[task].Name), s.Dropout(x, e.drop.head))
}
