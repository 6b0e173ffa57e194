package model

import "ringmaster/model/torch"

// activationCheckpoints are the inputs of a micro-batch's layers, which are kept in place of all that
// a layer computes on its way; the backward pass computes that again, layer by layer (Chen et al.,
// "Training Deep Nets with Sublinear Memory Cost", 2016; gradient_checkpointing in transformers).
// Gradients have the same bits: the same operators run on the same numbers, with the same dropout,
// since each layer seeds its own. The last layer is not among them: its backward pass begins at once.
type activationCheckpoints struct {
	pass   pass
	fixed  map[string]*torch.Tensor // the parameters, without gradients
	lowest int                      // the first layer that has trained parameters
	words  bool                     // the embeddings are trained too
	layers []checkpointedLayer
	// embedded is the first layer's input, where embeddings are trained: it has a backward pass of its own.
	embedded *torch.Tensor
}

// checkpointedLayer is a layer that will be computed again.
type checkpointedLayer struct {
	in, out *torch.Tensor // leaves: what the layer gets, and what the next gets of it
	run     layerRun
}

// layerRun computes a layer with these parameters.
type layerRun func(s *torch.Scope, views map[string]*torch.Tensor, xTH *torch.Tensor) *torch.Tensor

// layer runs layer i, and keeps what its backward pass begins with. Nothing is recorded, since
// neither input nor parameters ask for a gradient.
func (c *activationCheckpoints) layer(s *torch.Scope, i int, xTH *torch.Tensor, run layerRun) *torch.Tensor {
	l := checkpointedLayer{in: xTH, run: run}
	if i == 0 && c.words {
		c.embedded, l.in = xTH, s.Detach(xTH)
		s.RequireGrad(l.in)
	}
	l.out = s.Block(func(s *torch.Scope) *torch.Tensor { return run(s, c.fixed, s.Detach(xTH)) })
	if i < c.lowest {
		return l.out // no backward pass gets here
	}
	l.out = s.Detach(l.out)
	s.RequireGrad(l.out)
	c.layers = append(c.layers, l)
	return l.out
}

// backward goes on with a backward pass that has reached the last of the layers' outputs.
func (c *activationCheckpoints) backward(s *torch.Scope) {
	if c == nil {
		return
	}
	for i := len(c.layers) - 1; i >= 0 && s.Err() == nil; i-- {
		l := c.layers[i]
		again(s, func(s *torch.Scope) *torch.Tensor {
			return c.pass.inPrecision(s, func(s *torch.Scope) *torch.Tensor {
				return s.Block(func(s *torch.Scope) *torch.Tensor { return l.run(s, c.pass.views, l.in) })
			})
		}, l.out)
	}
	if c.embedded != nil && s.Err() == nil {
		again(s, func(*torch.Scope) *torch.Tensor { return c.embedded }, c.layers[0].in)
	}
}

// again runs the backward pass of what f computes, whose gradient the leaf has collected.
func again(s *torch.Scope, f func(*torch.Scope) *torch.Tensor, leaf *torch.Tensor) {
	err := s.Try(func(s *torch.Scope) {
		x := f(s)
		s.Backward(s.Sum(s.Mul(x, s.Grad(leaf)))) // whose gradient by x is the leaf's, to the bit
	})
	if err != nil {
		s.Fail(err)
		return
	}
	s.Keep(leaf).Free() // nothing reads it any more
}

// newCheckpoints prepares the passes of a model that trains.
func (m *Model) newCheckpoints(p pass) *activationCheckpoints {
	return &activationCheckpoints{pass: p, fixed: m.training.fixed, lowest: m.lowestTrainedLayer(), words: m.trained.words()}
}
