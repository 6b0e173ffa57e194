package model

import (
	"fmt"
	"math"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// The constants of AdamW, torch.optim.AdamW's defaults.
const (
	Beta1   = 0.9
	Beta2   = 0.999
	Epsilon = 1e-8
)

// AdamW holds the hyperparameters of Update.
type AdamW struct {
	// WeightDecay applies to matrices and embeddings, not to biases and LayerNorms.
	WeightDecay float64
	// ClipNorm bounds the gradient's Euclidean norm over all trained parameters; 0 does not.
	ClipNorm float64
	// LayerDecay is the factor of the learning rate from one layer to the next below: heads have the
	// whole rate, a parameter k layers below them LayerDecayᵏ of it. 0 is one rate for all.
	LayerDecay float64
	// HeadRate is the factor of the heads' learning rate, beside LayerDecay; 0 is 1.
	HeadRate float64
}

func (o AdamW) check(lr float64) error {
	if !(lr >= 0) || !(o.WeightDecay >= 0) || !(o.ClipNorm >= 0) || math.IsInf(lr, 0) {
		return fmt.Errorf("%w: learning rate %g, weight decay %g and clip norm %g must be finite and not negative", ErrSpec, lr, o.WeightDecay, o.ClipNorm)
	}
	if !(o.LayerDecay >= 0 && o.LayerDecay <= 1) {
		return fmt.Errorf("%w: the layer decay is %g; it must be from 0 to 1", ErrSpec, o.LayerDecay)
	}
	if !(o.HeadRate >= 0) || math.IsInf(o.HeadRate, 0) {
		return fmt.Errorf("%w: the factor of the heads' learning rate is %g; it must be finite and not negative", ErrSpec, o.HeadRate)
	}
	return nil
}

// share is the share of the learning rate that parameters so many layers below the heads have.
func (o AdamW) share(below int) float64 {
	if below == 0 && o.HeadRate != 0 {
		return o.HeadRate
	}
	if o.LayerDecay == 0 {
		return 1
	}
	return math.Pow(o.LayerDecay, float64(below))
}

// Update takes one step of AdamW (Loshchilov & Hutter, 2019) with the flat gradient
// and sets the gradient to zero; heads with a max-norm constraint are then clipped to
// it. It returns the gradient's norm before clipping. A
// gradient with NaN or infinity is ErrNotFinite and changes nothing, the gradient
// included. A head that no example used has gradient zero and moves by its moments, as
// in PyTorch after zero_grad(set_to_none=False).
func (m *Model) Update(lr float64, o AdamW) (gradNorm float64, err error) {
	if err := o.check(lr); err != nil {
		return 0, err
	}
	if err := m.train(); err != nil {
		return 0, err
	}
	err = m.run(torch.NoGrad, func(s *torch.Scope) error {
		m.upload(s)
		if u := m.training.update; u != nil {
			gradNorm = u.step(s, m, lr, o) // changes nothing where the norm is not finite
		} else {
			gradNorm = m.gradNorm(s)
		}
		if err := s.Err(); err != nil {
			return err
		}
		if math.IsNaN(gradNorm) || math.IsInf(gradNorm, 0) {
			return fmt.Errorf("%w at step %d: its norm is %g; lower the learning rate or check the losses", ErrNotFinite, m.step+1, gradNorm)
		}
		if u := m.training.update; u != nil {
			if !u.zeroes() {
				s.Zero(m.training.grad)
			}
			return nil
		}
		step := torch.AdamWStep{LR: lr, Beta1: Beta1, Beta2: Beta2, Eps: Epsilon, Step: m.step + 1, GradScale: clipScale(gradNorm, o.ClipNorm)}
		m.stepAll(s, step, o)
		m.applyMaxNorm(s)
		return nil
	})
	if err != nil {
		return gradNorm, err
	}
	m.training.host = nil
	m.step++
	return gradNorm, nil
}

// GradientNorm is the norm that Update would return, of the gradient as it stands.
func (m *Model) GradientNorm() (norm float64, err error) {
	if err := m.train(); err != nil {
		return 0, err
	}
	err = m.run(torch.NoGrad, func(s *torch.Scope) error {
		m.uploadGradient(s)
		norm = m.gradNorm(s)
		return s.Err()
	})
	return norm, err
}

// clipScale is the factor of torch.nn.utils.clip_grad_norm_.
func clipScale(norm, bound float64) float64 {
	if bound == 0 {
		return 1
	}
	return math.Min(1, bound/(norm+1e-6))
}

func (m *Model) gradNorm(s *torch.Scope) float64 {
	if !m.device.OnHost() {
		return s.Item(s.Norm(m.training.grad))
	}
	return torch.Norm(s.HostFloats(m.training.grad, m.trained.size()), m.threads)
}

// stepAll steps every trained parameter and zeroes the gradient.
func (m *Model) stepAll(s *torch.Scope, step torch.AdamWStep, o AdamW) {
	if !m.device.OnHost() {
		m.stepOnGPU(s, step, o)
		return
	}
	t, n := m.training, m.trained.size()
	p, g := s.HostFloats(m.flat, m.size), s.HostFloats(t.grad, n)
	mean, square := s.HostFloats(t.mean, n), s.HostFloats(t.square, n)
	if s.Err() != nil {
		return
	}
	p = p[m.trained.from:]
	for _, part := range m.trained.parts {
		lo, hi := part.Offset, part.End()
		torch.AdamW(p[lo:hi], g[lo:hi], mean[lo:hi], square[lo:hi], m.stepOf(part, step, o), m.threads)
	}
}

// stepOf is a step with the weight decay and the share of the learning rate that a parameter has.
func (m *Model) stepOf(p Parameter, step torch.AdamWStep, o AdamW) torch.AdamWStep {
	step.WeightDecay = 0
	if m.decays(p) {
		step.WeightDecay = o.WeightDecay
	}
	step.LR *= o.share(m.belowHeads(p))
	return step
}

// belowHeads is how many layers a parameter is below the heads.
func (m *Model) belowHeads(p Parameter) int {
	depth, heads := weights.Depth(m.config, p.Name)
	return heads - depth
}

// decays says whether weight decay applies to a parameter. What a masked language model does
// not use stays as it is.
func (m *Model) decays(p Parameter) bool {
	return p.decays() && !(m.masked != nil && unusedInMasked(p))
}

func (m *Model) stepOnGPU(s *torch.Scope, step torch.AdamWStep, o AdamW) {
	t := m.training
	if step.GradScale != 1 {
		s.Copy(t.grad, s.Scale(t.grad, step.GradScale))
	}
	trained := m.trained.of(s, m.flat)
	for _, part := range m.trained.parts {
		at := func(flat *torch.Tensor) *torch.Tensor {
			return s.Narrow(flat, 0, int64(part.Offset), int64(part.Size()))
		}
		s.FusedAdamW(at(trained), at(t.grad), at(t.mean), at(t.square), m.stepOf(part, step, o))
	}
	s.Zero(t.grad)
}
