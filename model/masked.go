package model

import (
	"context"
	"fmt"
	"strings"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// maskedLM is BERT's pretraining objective: predicting masked tokens. Its head is
// transformers' BertLMPredictionHead: a linear map, an activation, a normalisation, and the
// product with the decoder, a row a word, plus a bias a word. The decoder is the matrix of word
// embeddings (the same numbers, "tied"), or one of its own.
type maskedLM struct {
	bert
	hasPooler bool
}

// maskedHead gives the head's values: the folder's, or newly initialised ones.
func maskedHead(ctx context.Context, spec Spec, folder *weights.Folder) (map[string]weights.Tensor, *maskedLM, error) {
	config, ok := folder.Config.(weights.BertConfig)
	if !ok {
		return nil, nil, fmt.Errorf("%w: only a BERT can be a masked language model; %s is a %s", ErrSpec, folder.Dir, folder.Config.Describe())
	}
	head, err := folder.MaskedHead(ctx)
	if err != nil {
		return nil, nil, err
	}
	m := &maskedLM{bert: bert{config}, hasPooler: folder.HasPooler}
	if head == nil {
		head = initMaskedHead(config, spec.Seed)
	}
	return head, m, nil
}

// initMaskedHead is a head as transformers initialises it: weights from N(0, init²), LayerNorm
// weights 1, biases 0.
func initMaskedHead(c weights.BertConfig, seed uint64) map[string]weights.Tensor {
	head := map[string]weights.Tensor{}
	for _, spec := range c.MaskedHead() {
		t := weights.Tensor{Name: spec.Name, Shape: spec.Shape}
		switch n := sizeOf(spec.Shape); spec.Name {
		case weights.MaskedDense + ".weight":
			t.Data = initHead(seed, "masked language model", n, c.InitializerRange)
		case weights.MaskedDecoder:
			t.Data = initHead(seed, "decoder of a masked language model", n, c.InitializerRange)
		case weights.MaskedNorm + ".weight":
			t.Data = make([]float32, n)
			for i := range t.Data {
				t.Data[i] = 1
			}
		default:
			t.Data = make([]float32, n)
		}
		head[spec.Name] = t
	}
	return head
}

// unusedInMasked reports whether a masked language model does not use a parameter.
func unusedInMasked(p Parameter) bool {
	return strings.HasPrefix(p.Name, pooler+".") || strings.HasPrefix(p.Name, poolerNorm+".")
}

// check validates the examples' masked positions and their true tokens.
func (l *maskedLM) check(examples []Example) error {
	for i, e := range examples {
		if len(e.Masked) == 0 || len(e.Masked) != len(e.Words) {
			return fmt.Errorf("%w %d has %d masked positions and %d words; it needs as many of both, and at least one", ErrExample, i, len(e.Masked), len(e.Words))
		}
		for k, at := range e.Masked {
			if at < 0 || int(at) >= len(e.IDs) || k > 0 && at <= e.Masked[k-1] {
				return fmt.Errorf("%w %d: masked position %d, number %d, is out of order or outside its %d tokens", ErrExample, i, at, k, len(e.IDs))
			}
			if w := e.Words[k]; w < 0 || int(w) >= l.config.VocabSize {
				return fmt.Errorf("%w %d: word %d is outside the vocabulary of %d", ErrExample, i, w, l.config.VocabSize)
			}
		}
	}
	return nil
}

// states gives what the decoder sees of each masked position, [K, H].
func (l *maskedLM) states(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	return p.inPrecision(s, func(s *torch.Scope) *torch.Tensor {
		e := l.padded(s, p)
		return e.maskedTransform(s, e.layers(s, words, e.maskedPlaces(s)))
	})
}

// maskedTransform is the head before the decoder, [K, H].
func (e *bertPass) maskedTransform(s *torch.Scope, hKH *torch.Tensor) *torch.Tensor {
	hKH = activate(s, e.config.MaskedActivation(), e.linear(s, weights.MaskedDense, hKH))
	return e.normOf(s, weights.MaskedNorm, hKH, int64(e.config.EmbeddingWidth()))
}

// decoderRows is how many positions the decoder handles at a time: enough for an efficient
// matrix product, few enough that their logits (a vocabulary each) fit in little memory.
const decoderRows = 256

// classify gives a scalar whose backward pass computes the gradient of (sum of the losses) /
// divisor with respect to the hidden states, and adds the losses to loss. The gradients of the
// decoder and its bias are computed here: libtorch's backward pass would hold the logits,
// their logarithms and a second matrix of the vocabulary's size.
func (l *maskedLM) classify(s *torch.Scope, m *Model, p pass, words *torch.Tensor, divisor float64, loss *Loss) *torch.Tensor {
	hKH := l.states(s, p, words)
	gold := p.batch.words()
	fixedKH := s.Detach(hKH)
	decoder, decoderGrad := l.decoder(s, m), l.decoderGrad(m)
	bias := m.training.gradOf(m.trained.parts, weights.MaskedBias)
	var parts []*torch.Tensor
	for lo := 0; lo < len(gold); lo += decoderRows {
		hi := min(lo+decoderRows, len(gold))
		parts = append(parts, s.Block(func(s *torch.Scope) *torch.Tensor {
			partKH := s.Narrow(fixedKH, 0, int64(lo), int64(hi-lo))
			goldK1 := s.To(s.Ints(gold[lo:hi], int64(hi-lo), 1), p.device)
			excessKV := l.logProbabilities(s, m, p, partKH)
			for _, x := range l.goldLogProbabilities(s, excessKV, goldK1, hi-lo) {
				loss.Sum[0] -= float64(x)
			}
			// From here on the same memory holds probability − one-hot truth.
			s.ExpInPlace(excessKV)
			minus := make([]float32, hi-lo)
			for i := range minus {
				minus[i] = -1
			}
			s.ScatterAdd(excessKV, 1, goldK1, s.To(s.Floats(minus, int64(hi-lo), 1), p.device))
			s.AddProduct(decoderGrad, s.Transpose(excessKV, 0, 1), s.Scale(partKH, 1/divisor))
			s.AddTo(bias, s.Scale(s.SumOver(excessKV, 0), 1/divisor))
			return s.Scale(s.MatMul(excessKV, decoder), 1/divisor)
		}))
	}
	loss.Count[0] += len(gold)
	return s.Sum(s.Mul(hKH, s.Cat(parts, 0)))
}

// decoder is the matrix [V, H], detached: its gradient is computed by hand.
func (l *maskedLM) decoder(s *torch.Scope, m *Model) *torch.Tensor {
	if l.config.Tied() {
		return m.words()
	}
	return s.Detach(m.views[weights.MaskedDecoder])
}

// decoderGrad is the decoder's part of the flat gradient.
func (l *maskedLM) decoderGrad(m *Model) *torch.Tensor {
	if l.config.Tied() {
		return m.training.word
	}
	return m.training.gradOf(m.trained.parts, weights.MaskedDecoder)
}

// logProbabilities are log softmax of the logits, [K, V], detached.
func (l *maskedLM) logProbabilities(s *torch.Scope, m *Model, p pass, hKH *torch.Tensor) *torch.Tensor {
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		return s.LogSoftmax(s.Linear(hKH, l.decoder(s, m), s.Detach(p.param(weights.MaskedBias))), -1)
	})
}

// goldLogProbabilities are the log probabilities of the true tokens, one a position.
func (l *maskedLM) goldLogProbabilities(s *torch.Scope, logKV, goldK1 *torch.Tensor, k int) []float32 {
	values := make([]float32, k)
	s.Read(values, s.Gather(logKV, 1, goldK1))
	return values
}

// markUnusedReady marks the parameters that the backward pass does not reach: the unused ones,
// and decoder and bias, whose gradients classify has computed.
func (l *maskedLM) markUnusedReady(m *Model) {
	for i, p := range m.trained.parts {
		if unusedInMasked(p) || p.Name == weights.MaskedBias || p.Name == weights.MaskedDecoder {
			m.training.bucketTracker.markReady(i)
		}
	}
}

// gradOf is the part of the gradient that belongs to one of the trained parameters.
func (t *training) gradOf(trained []Parameter, name string) *torch.Tensor {
	for i, p := range trained {
		if p.Name == name {
			return t.gradViews[i]
		}
	}
	return nil
}

// words are the true tokens at the masked positions, text by text.
func (b batch) words() []int64 {
	var all []int64
	for _, e := range b.examples {
		for _, w := range e.Words {
			all = append(all, int64(w))
		}
	}
	return all
}

// MaskedLosses gives, for each example, the sum of its masked positions' losses (the negative
// logarithm of the true word's probability), without dropout, in the order of the examples.
// It is for a model whose Spec said MaskedLM.
func (m *Model) MaskedLosses(ctx context.Context, examples []Example) ([]float64, error) {
	if m.masked == nil {
		return nil, fmt.Errorf("%w: the model is not a masked language model", ErrSpec)
	}
	if err := m.check(examples); err != nil {
		return nil, err
	}
	if err := m.masked.check(examples); err != nil {
		return nil, err
	}
	sums := make([]float64, len(examples))
	for _, b := range m.batches(examples) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := m.run(torch.NoGrad, func(s *torch.Scope) error {
			values := m.masked.losses(s, m, m.pass(b, dropout{}))
			if err := s.Err(); err != nil {
				return err
			}
			for i, e := range b.examples {
				for range e.Words {
					sums[b.origin[i]] -= float64(values[0])
					values = values[1:]
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// losses are the log probabilities of a micro-batch's true tokens.
func (l *maskedLM) losses(s *torch.Scope, m *Model, p pass) []float32 {
	ids := s.To(s.Ints(p.batch.ids(), p.rows()*p.length()), p.device)
	hKH := s.Block(func(s *torch.Scope) *torch.Tensor {
		return l.states(s, p, s.IndexSelect(m.words(), 0, ids))
	})
	var all []float32
	gold := p.batch.words()
	for lo := 0; lo < len(gold); lo += decoderRows {
		hi := min(lo+decoderRows, len(gold))
		s.Block(func(s *torch.Scope) *torch.Tensor {
			part := s.Narrow(hKH, 0, int64(lo), int64(hi-lo))
			goldK1 := s.To(s.Ints(gold[lo:hi], int64(hi-lo), 1), p.device)
			all = append(all, l.goldLogProbabilities(s, l.logProbabilities(s, m, p, part), goldK1, hi-lo)...)
			return nil
		})
	}
	return all
}

// MaskedHead copies out the masked-language-model head, in the order of
// weights.BertConfig.MaskedHead; nil for a model without.
func (m *Model) MaskedHead() ([]weights.Tensor, error) {
	if m.masked == nil {
		return nil, nil
	}
	return m.copyOut(func(p Parameter) bool { return !isEncoder(p) })
}

func sizeOf(shape []int64) int { return Parameter{Shape: shape}.Size() }
