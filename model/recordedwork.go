package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// pass is the work of a pass on the device. It adds to the flat gradient and writes the losses.
func (r *recordedPasses) pass(s *torch.Scope, m *Model, p *recordedPass) {
	e := &bertPass{pass: pass{views: r.views, device: m.device, drop: m.dropout, lora: m.lora}, config: r.config, fused: true}
	e.positions, e.longest, e.kernels, e.seed = p.parts.positions, int64(p.shape.longest), r.kernels, p.parts.seed
	if p.shape.pairs {
		e.types = p.parts.types
	}
	at := places{queries: unchanged, meant: rowsAt(p.parts.rows)}
	if r.packed {
		tokens, queries := s.ToInt32(p.parts.firstToken), s.ToInt32(p.parts.firstQuery)
		longest := int64(p.shape.longest)
		e.attention = packedAttention{
			all:     torch.PackedTexts{FirstQuery: tokens, FirstToken: tokens, MostQueries: longest, MostTokens: longest},
			few:     torch.PackedTexts{FirstQuery: queries, FirstToken: tokens, MostQueries: int64(p.shape.most), MostTokens: longest},
			dropout: m.dropout.attention,
		}
		at = places{few: true, queries: rowsAt(p.parts.rows), meant: unchanged}
	} else {
		mask := s.View(s.ToBool(p.parts.real), int64(p.shape.texts), 1, 1, int64(p.shape.longest))
		e.attention = paddedAttention{texts: int64(p.shape.texts), mask: mask, dropout: m.dropout.attention}
	}
	words := s.IndexSelect(s.Detach(r.views[m.layout[0].Name]), 0, p.parts.ids)
	if m.trained.words() {
		s.RequireGrad(words)
	}
	states := e.layers(s, words, at)
	var losses *torch.Tensor
	if r.masked {
		losses = r.maskedLosses(s, e, m.layout[0].Name, states, p)
	} else {
		losses = r.classLosses(s, m, e, states, p)
	}
	s.Copy(p.losses, s.Detach(losses))
	s.Backward(s.Mul(s.Sum(losses), p.parts.inverseDivisor))
	if m.trained.words() {
		s.IndexAdd(m.training.word, 0, p.parts.ids, s.ToFloat(s.Grad(words)))
	}
	if n := len(r.learned.leaves); n > 0 {
		part := s.Narrow(m.training.grad, 0, int64(r.learned.lo), int64(r.learned.hi-r.learned.lo))
		s.AddTo(part, s.TakeGrads(r.learned.leaves))
	}
}

// classLosses are the texts' losses, as crossEntropy has them. All texts see all heads: what is
// not of a text's task has probability 0, and target 0.
func (r *recordedPasses) classLosses(s *torch.Scope, m *Model, e *bertPass, statesBH *torch.Tensor, p *recordedPass) *torch.Tensor {
	features := s.Dropout(s.ToFloat(e.pool(s, statesBH)), e.drop.head)
	heads, biases := make([]*torch.Tensor, len(m.tasks)), make([]*torch.Tensor, len(m.tasks))
	for i, t := range m.tasks {
		heads[i], biases[i] = e.param(headPrefix(t.Name)+".weight"), e.param(headPrefix(t.Name)+".bias")
	}
	logits := s.Linear(features, s.Cat(heads, 0), s.Cat(biases, 0))
	shape := []int64{int64(p.shape.texts), -1}
	logProbabilities := s.LogSoftmax(s.Add(logits, s.View(p.parts.notOfTask, shape...)), -1)
	return s.Scale(s.SumOver(s.Mul(logProbabilities, s.View(p.parts.targets, shape...)), 1), -1)
}

// maskedLosses are the masked positions' losses; 0 for those that fill up.
func (r *recordedPasses) maskedLosses(s *torch.Scope, e *bertPass, words string, statesKH *torch.Tensor, p *recordedPass) *torch.Tensor {
	decoder := weights.MaskedDecoder
	if r.config.Tied() {
		decoder = words
	}
	logits := s.Linear(e.maskedTransform(s, statesKH), e.param(decoder), e.param(weights.MaskedBias))
	return s.Mul(s.NegativeLikelihood(s.LogSoftmax(logits, -1), p.parts.gold), p.parts.weights)
}
