package model

import (
	"fmt"

	"ringmaster/model/torch"
)

// AddGradient adds another model's gradient to m's, on m's device. Both have the same
// layout, and no call of either is running. Between GPUs the gradient goes directly.
// [Group] does it for all at once where there is NCCL. (Neither has been run on a GPU yet.)
func (m *Model) AddGradient(other *Model) error {
	return m.withGradient(other, func(s *torch.Scope, theirs *torch.Tensor) {
		s.AddTo(m.training.grad, theirs)
	})
}

// CopyGradient replaces m's gradient by another model's, under the rules of AddGradient.
func (m *Model) CopyGradient(other *Model) error {
	return m.withGradient(other, func(s *torch.Scope, theirs *torch.Tensor) {
		s.Copy(m.training.grad, theirs)
	})
}

// withGradient calls f on m's thread with the other model's gradient, on m's device.
func (m *Model) withGradient(other *Model, f func(s *torch.Scope, theirs *torch.Tensor)) error {
	if m.trained.size() != other.trained.size() {
		return fmt.Errorf("%w: a gradient of %d elements for a model of %d", ErrState, other.trained.size(), m.trained.size())
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
		n := int64(m.trained.size())
		m.uploadGradient(s)
		theirs := other.training.grad
		if host := other.training.host; host != nil {
			theirs = other.training.pinned // the host copy is the newer one
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

// uploadGradient copies what was written to Gradient's host copy to the device.
func (m *Model) uploadGradient(s *torch.Scope) {
	if m.training.host != nil {
		m.upload(s)
		s.Synchronize(m.device) // another stream may read it next
		m.training.host = nil
	}
}
