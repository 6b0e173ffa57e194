package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// bert is transformers' BertModel, or another architecture that its configuration tells: the
// layers are the same, and what differs asks the configuration. In names of tensors B is the batch, L the padded
// length, H the hidden size, A the attention heads, D the size of one, T all tokens of
// all texts, Q those whose states are wanted.
type bert struct{ config weights.BertConfig }

// bertPass is one forward pass. Texts stand one after another in the rows of its tensors.
type bertPass struct {
	pass
	config    weights.BertConfig
	attention attention
	relative  relativePositions // nil without
	// positions is each token's position in its text, [T]; nil where each text has the padded
	// length, so that positions repeat. They are numbered as the positionRule has it.
	positions *torch.Tensor
	longest   int64 // no text has more tokens; with positions
	// types are the token types, [T]: 1 for those of second texts. nil where all are 0.
	types *torch.Tensor
	// fused computes query, key and value by one product.
	fused bool
	// kernels are a GPU's for what is otherwise several operators; nil without. Their dropout
	// takes seed, an int64 on the device.
	kernels *torch.Kernels
	seed    *torch.Tensor
}

// attention lets the tokens of a text see each other. q is [Q, A, D] with few, else [T, A, D];
// k and v are [T, A, D]. The result is [Q, H] or [T, H]. scores are added to the attention scores,
// the padding's among them; nil adds nothing.
type attention interface {
	attend(s *torch.Scope, q, k, v, scores *torch.Tensor, few bool) *torch.Tensor
}

// padded is a pass over a micro-batch whose texts are padded to one length.
func (b bert) padded(s *torch.Scope, p pass) *bertPass {
	e := &bertPass{pass: p, config: b.config}
	attention := paddedAttention{texts: p.rows(), dropout: p.drop.attention}
	if p.batch.padded() {
		attention.mask = s.To(s.Bools(p.batch.mask(), p.rows(), 1, 1, p.length()), p.device)
	}
	e.attention = attention
	if rule := positionsOf(b.config); rule.uncounted(p.batch) {
		e.positions, e.longest = s.To(s.Ints(rule.of(p.batch), p.rows()*p.length()), p.device), p.length()
	}
	e.relative = e.newRelativePositions(s)
	if b.config.HasSecondType() && p.batch.pairs() {
		e.types = s.To(s.Ints(p.batch.types(), p.rows()*p.length()), p.device)
	}
	return e
}

// encode runs layers and pooler.
func (b bert) encode(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	return p.inPrecision(s, func(s *torch.Scope) *torch.Tensor {
		e := b.padded(s, p)
		if b.config.MeanPooled() {
			return e.pool(s, e.mean(s, e.layers(s, words, allPositions)))
		}
		return e.pool(s, e.layers(s, words, e.first()))
	})
}

// pool is the pooler, from the states of the first positions or their means, [B, H].
func (e *bertPass) pool(s *torch.Scope, firstBH *torch.Tensor) *torch.Tensor {
	firstBH = e.seeded(s, poolerPart, func() *torch.Tensor { return s.Dropout(firstBH, e.drop.pooler) })
	pooledBH := activate(s, e.config.PoolerActivation(), e.linear(s, pooler, firstBH))
	if e.config.PoolerNorms() {
		return e.norm(s, poolerNorm, pooledBH)
	}
	return pooledBH
}

// layers runs all layers; of the last it gives the states at some places alone, [Q, H].
func (e *bertPass) layers(s *torch.Scope, wordsTH *torch.Tensor, at places) *torch.Tensor {
	xTH := e.embed(s, wordsTH)
	last := e.config.NumHiddenLayers - 1
	for i := range last {
		run := func(s *torch.Scope, views map[string]*torch.Tensor, xTH *torch.Tensor) *torch.Tensor {
			with := *e
			with.views = views
			return with.layer(s, i, xTH, allPositions)
		}
		if e.saved != nil {
			xTH = e.saved.layer(s, i, xTH, run)
			continue
		}
		xTH = s.Block(func(s *torch.Scope) *torch.Tensor { return run(s, e.views, xTH) })
	}
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		xTH := e.layer(s, last, xTH, at)
		if e.config.NormsFirst() {
			return e.norm(s, lastNorm, xTH)
		}
		return xTH
	})
}

// embed adds the position's and the token type's embedding to the words',
// then normalises, and projects where embeddings have a width of their own.
func (e *bertPass) embed(s *torch.Scope, wordsTH *torch.Tensor) *torch.Tensor {
	return s.Block(func(s *torch.Scope) *torch.Tensor {
		if !e.config.HasPositions() {
			return e.embedded(s, wordsTH)
		}
		length := e.longest
		if e.positions == nil {
			length = e.length()
		}
		rule, width := positionsOf(e.config), int64(e.config.EmbeddingWidth())
		first := int64(e.config.FirstPosition())
		length = min(length, int64(e.config.MaxPositionEmbeddings)-first)
		if e.positions != nil {
			first, length = rule.base, rule.rows(length)
		}
		positionLH := s.Narrow(e.param(positionEmbeddings+".weight"), 0, first, length)
		if e.config.HasTokenTypes() && e.types == nil {
			positionLH = s.Add(positionLH, s.Narrow(e.param(typeEmbeddings+".weight"), 0, 0, 1))
		}
		var xTH *torch.Tensor
		if e.positions != nil {
			// As a product, whose gradient is one too: every position is in most texts, and rows
			// that are added to so often are slow to add to.
			xTH = s.Add(wordsTH, s.MatMul(s.OneHot(e.positions, length, positionLH), positionLH))
		} else {
			xTH = s.View(s.Add(s.View(wordsTH, e.rows(), length, width), positionLH), -1, width)
		}
		if e.types != nil {
			const types = 2
			typeKH := s.Narrow(e.param(typeEmbeddings+".weight"), 0, 0, types)
			xTH = s.Add(xTH, s.MatMul(s.OneHot(e.types, types, typeKH), typeKH))
		}
		return e.embedded(s, xTH)
	})
}

// embedded normalises the sum of a token's embeddings, and projects it.
func (e *bertPass) embedded(s *torch.Scope, sumTH *torch.Tensor) *torch.Tensor {
	xTH := e.normOf(s, embeddingsNorm, sumTH, int64(e.config.EmbeddingWidth()))
	xTH = e.seeded(s, 0, func() *torch.Tensor { return s.Dropout(xTH, e.drop.hidden) })
	if e.config.Projects() {
		xTH = e.linear(s, embeddingProjection, xTH)
	}
	return xTH
}

// layer is one transformer layer. It computes the states at some places alone, from keys and
// values of all.
func (e *bertPass) layer(s *torch.Scope, i int, xTH *torch.Tensor, at places) *torch.Tensor {
	if e.saved != nil {
		// Not the leaf itself: automatic casts keep the cast of a leaf, and so add up its gradients in
		// bfloat16, where a layer's output is cast anew for each product.
		xTH = s.View(xTH, -1, e.hidden())
	}
	return e.seeded(s, i+1, func() *torch.Tensor {
		name := layerPrefix(e.config.StoredLayer(i))
		if e.config.NormsFirst() {
			return e.normsFirst(s, name, i, xTH, at)
		}
		return e.layerOnce(s, name, i, xTH, at)
	})
}

func (e *bertPass) layerOnce(s *torch.Scope, name string, i int, xTH *torch.Tensor, at places) *torch.Tensor {
	if e.relative != nil {
		at = at.late()
	}
	query := at.queries(s, xTH)
	attended := s.Block(func(s *torch.Scope) *torch.Tensor { return e.attend(s, name+"attention.self.", i, query, xTH, at.few) })
	attended, query = at.meant(s, attended), at.meant(s, query)
	y := e.addNorm(s, name+"attention.output", 2*i, attended, query)
	inner := s.Block(func(s *torch.Scope) *torch.Tensor { return e.intermediate(s, name+"intermediate.dense", y) })
	return e.addNorm(s, name+"output", 2*i+1, inner, y)
}

// attend is a layer's attention, from queries of some rows to all.
func (e *bertPass) attend(s *torch.Scope, name string, i int, query, xTH *torch.Tensor, few bool) *torch.Tensor {
	q, k, v := e.project(s, name, query, xTH)
	var scores *torch.Tensor
	if e.relative != nil {
		q, k, scores = e.relative.tell(s, e, i, q, k)
	}
	return e.attention.attend(s, q, k, v, scores, few)
}

// addNorm is the end of a part of a layer: a linear map and dropout, added to what the part got,
// and normalised. site numbers the parts.
func (e *bertPass) addNorm(s *torch.Scope, name string, site int, x, residual *torch.Tensor) *torch.Tensor {
	norm := name + ".LayerNorm"
	if e.kernels == nil {
		return e.norm(s, norm, s.Add(s.Dropout(e.linear(s, name+".dense", x), e.drop.hidden), residual))
	}
	x = s.Linear(x, e.param(name+".dense.weight"), nil)
	return s.AddNorm(e.kernels, x, e.param(name+".dense.bias"), residual, e.param(norm+".weight"), e.param(norm+".bias"),
		e.seed, site, e.drop.hidden, e.config.LayerNormEps)
}

// intermediate is a linear map and the activation.
func (e *bertPass) intermediate(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	if e.kernels == nil || e.config.HiddenAct == "relu" || e.config.HiddenAct == "gelu_new" {
		return e.activate(s, e.linear(s, name, x))
	}
	return s.BiasGelu(e.kernels, s.Linear(x, e.param(name+".weight"), nil), e.param(name+".bias"))
}

// project gives queries of some rows, and keys and values of all, each [rows, A, D].
func (e *bertPass) project(s *torch.Scope, name string, query, xTH *torch.Tensor) (q, k, v *torch.Tensor) {
	if e.fused && query == xTH {
		qkv := e.product(s, xTH, name+"query", name+"key", name+"value")
		q, k, v = qkv[0], qkv[1], qkv[2]
	} else {
		q = e.product(s, query, name+"query")[0]
		if e.fused {
			kv := e.product(s, xTH, name+"key", name+"value")
			k, v = kv[0], kv[1]
		} else {
			k, v = e.product(s, xTH, name+"key")[0], e.product(s, xTH, name+"value")[0]
		}
	}
	return e.adapted(s, name+"query", query, q), k, e.adapted(s, name+"value", xTH, v)
}

// product applies several linear maps by one product; each gives [rows, A, D].
func (e *bertPass) product(s *torch.Scope, x *torch.Tensor, names ...string) []*torch.Tensor {
	heads, n := int64(e.config.NumAttentionHeads), int64(len(names))
	weights, biases := make([]*torch.Tensor, n), make([]*torch.Tensor, n)
	for i, name := range names {
		weights[i], biases[i] = e.param(name+".weight"), e.param(name+".bias")
	}
	if n == 1 {
		return []*torch.Tensor{s.View(s.Linear(x, weights[0], biases[0]), -1, heads, e.hidden()/heads)}
	}
	var y *torch.Tensor
	if e.kernels != nil {
		y = s.FusedLinear(e.kernels, x, s.Cat(weights, 0), s.Cat(biases, 0))
	} else {
		y = s.Linear(x, s.Cat(weights, 0), s.Cat(biases, 0))
	}
	return s.Unbind(s.View(y, -1, n, heads, e.hidden()/heads), 1, len(names))
}

// activate applies config.json's hidden_act, which package weights has checked.
func (e *bertPass) activate(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	return activate(s, weights.Activation(e.config.HiddenAct), x)
}

func activate(s *torch.Scope, a weights.Activation, x *torch.Tensor) *torch.Tensor {
	switch a {
	case weights.Tanh:
		return s.Tanh(x)
	case weights.Relu:
		return s.Relu(x)
	case weights.GeluNew:
		return s.Gelu(x, true)
	default:
		return s.Gelu(x, false)
	}
}

func (e *bertPass) norm(s *torch.Scope, name string, x *torch.Tensor) *torch.Tensor {
	return e.normOf(s, name, x, e.hidden())
}

// normOf normalises vectors of another width than the layers'.
func (e *bertPass) normOf(s *torch.Scope, name string, x *torch.Tensor, width int64) *torch.Tensor {
	return s.LayerNorm(x, width, e.param(name+".weight"), e.param(name+".bias"), e.config.LayerNormEps)
}

func (e *bertPass) hidden() int64 { return int64(e.config.HiddenSize) }
