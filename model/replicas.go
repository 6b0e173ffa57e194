package model

import (
	"fmt"

	"ringmaster/model/torch"
)

// AddGradient adds another model's gradient to m's, where m is. Both have the same
// layout, and no call of either is under way. Between GPUs the gradient goes directly.
// [Group] does it for all at once where there is NCCL. (Neither has been run on a GPU yet.)
func (m *Model) AddGradient(other *Model) error {
	return m.withGradient(other, func(s *torch.Scope, theirs *torch.Tensor) {
		s.AddTo(m.training.grad, theirs)
	})
}

// TakeGradient replaces m's gradient by another model's, under the rules of AddGradient.
func (m *Model) TakeGradient(other *Model) error {
	return m.withGradient(other, func(s *torch.Scope, theirs *torch.Tensor) {
		s.Copy(m.training.grad, theirs)
	})
}

// withGradient calls f on m's thread with the other model's gradient, on m's device.
func (m *Model) withGradient(other *Model, f func(s *torch.Scope, theirs *torch.Tensor)) error {
	if m.size != other.size {
		return fmt.Errorf("%w: a gradient of %d elements for a model of %d", ErrState, other.size, m.size)
	}
	for _, one := range []*Model{m, other} {
		if err := one.train(); err != nil {
			return err
		}
		if one.closed {
			return ErrClosed
		}
	}
	return m.run(torch.NoGrad, func(s *torch.Scope) error {
		n := int64(m.size)
		m.putBack(s)
		theirs := other.training.grad
		if host := other.training.host; host != nil {
			theirs = s.Floats(host, n) // what was written there counts
		}
		if m.device != other.device || other.training.host != nil {
			here := s.Zeros(m.device, n)
			s.Copy(here, theirs)
			theirs = here
		}
		f(s, theirs)
		return nil
	})
}

// putBack takes what was written to Gradient's copy to the device.
func (m *Model) putBack(s *torch.Scope) {
	if host := m.training.host; host != nil {
		s.Copy(m.training.grad, s.Floats(host, int64(m.size)))
		m.training.host = nil
	}
}
