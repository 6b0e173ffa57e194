package model

import (
	"fmt"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// encoder is the network between the word embeddings and the heads: a transformer or a baseline.
type encoder interface {
	// encode computes the features of each text, [B, features], which the heads read, from the
	// word embeddings, [B·L, width]. The result does not depend on the padding.
	encode(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor
}

func encoderOf(c weights.Config) (encoder, error) {
	switch c := c.(type) {
	case weights.BertConfig:
		return bert{c}, nil
	case weights.BaselineConfig:
		if c.Arch() == weights.CNN {
			return cnn{c}, nil
		}
		return recurrent{c}, nil
	}
	return nil, fmt.Errorf("%w: there is no encoder for a %T", ErrSpec, c)
}

// pass is the forward pass of one micro-batch.
type pass struct {
	views  map[string]*torch.Tensor // the parameters
	device torch.Device
	batch  batch
	drop   dropout                // all zero when not training
	half   bool                   // matrix products of a BERT in bfloat16
	lora   weights.LoRA           // of a BERT
	seed   *uint64                // of the pass's dropout; nil where the caller has seeded it
	saved  *activationCheckpoints // of a BERT's layers; nil keeps all that they compute
}

func (m *Model) pass(b batch, drop dropout) pass {
	return pass{views: m.views, device: m.device, batch: b, drop: drop, lora: m.lora}
}

// seeded runs a part of the pass, whose dropout then depends on the pass's seed and the part alone: so it
// can be computed again.
func (p pass) seeded(s *torch.Scope, part int, f func() *torch.Tensor) (out *torch.Tensor) {
	if p.drop.none() || p.seed == nil {
		return f()
	}
	err := torch.Seeded(p.device, *p.seed+uint64(part)*seedStride, func() error {
		out = f()
		return nil
	})
	if err != nil {
		s.Fail(err)
	}
	return out
}

// inPrecision runs f in the pass's precision; its result is float32.
func (p pass) inPrecision(s *torch.Scope, f func(s *torch.Scope) *torch.Tensor) *torch.Tensor {
	if p.half {
		return s.BFloat16(p.device, f)
	}
	return f(s)
}

func (p pass) rows() int64   { return int64(len(p.batch.examples)) }
func (p pass) length() int64 { return int64(p.batch.length) }

func (p pass) param(name string) *torch.Tensor { return p.views[name] }

func (p pass) linear(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	return s.Linear(x, p.param(name+".weight"), p.param(name+".bias"))
}

// head gives the logits, [rows, classes], of a task's rows of features, which is
// [B, features].
func (p pass) head(s *torch.Scope, features *torch.Tensor, task string, rows []int64) *torch.Tensor {
	x := features
	if int64(len(rows)) != p.rows() {
		x = s.IndexSelect(features, 0, s.To(s.Ints(rows, int64(len(rows))), p.device))
	}
	x = p.seeded(s, headPart, func() *torch.Tensor { return s.Dropout(x, p.drop.head) })
	return p.linear(s, headPrefix(task), x)
}

// dropout holds the dropout probabilities; a baseline has the head's alone.
type dropout struct{ hidden, attention, pooler, head float64 }

func dropoutOf(c weights.Config, override *float64) dropout {
	var d dropout
	if bert, ok := c.(weights.BertConfig); ok {
		d.hidden, d.attention = bert.HiddenDropoutProb, bert.AttentionProbsDropoutProb
	}
	d.head = c.Head().Dropout
	if override != nil {
		d = dropout{hidden: *override, attention: *override, head: *override}
	}
	if bert, ok := c.(weights.BertConfig); ok && bert.DropsBeforePooler() {
		d.pooler = d.head
	}
	return d
}

// none reports that training uses no dropout, and so no random numbers.
func (d dropout) none() bool { return d == dropout{} }
