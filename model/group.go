package model

import (
	"fmt"

	"ringmaster/model/torch"
)

// Group is an NCCL communicator for gradients of models on different GPUs. It belongs to the
// devices, not to the models.
type Group struct{ devices *torch.Group }

// OpenGroup makes a group of the models' devices, with the NCCL that torch brings or
// the first of the libraries named. Without NCCL, AddGradient and
// CopyGradient do the same by copies.
func OpenGroup(models []*Model, libraries ...string) (*Group, error) {
	devices := make([]torch.Device, len(models))
	for i, m := range models {
		devices[i] = m.device
	}
	g, err := torch.OpenGroup(devices, libraries...)
	if err != nil {
		return nil, err
	}
	return &Group{g}, nil
}

// Version is the version of NCCL.
func (g *Group) Version() (string, error) { return g.devices.Version() }

// Close frees what the group holds on the devices. Closing nil does nothing.
func (g *Group) Close() error {
	if g == nil {
		return nil
	}
	return g.devices.Close()
}

// AllReduce replaces the gradient of every model by the sum of all, bit-identical. The models
// are on the group's devices in their order, and no call of any is under way.
func (g *Group) AllReduce(models []*Model) error {
	return g.together(models, func(s *torch.Scope, gradients []*torch.Tensor) { s.GroupAllReduce(g.devices, gradients) })
}

// Broadcast replaces every model's gradient by the first's, under the rules of AllReduce.
func (g *Group) Broadcast(models []*Model) error {
	return g.together(models, func(s *torch.Scope, gradients []*torch.Tensor) { s.GroupBroadcast(g.devices, gradients) })
}

// together calls f with all gradients on the first model's thread.
func (g *Group) together(models []*Model, f func(s *torch.Scope, gradients []*torch.Tensor)) error {
	gradients := make([]*torch.Tensor, len(models))
	for i, m := range models {
		if n, first := m.trained.size(), models[0].trained.size(); n != first {
			return fmt.Errorf("%w: a gradient of %d elements among models of %d", ErrState, n, first)
		}
		if err := m.train(); err != nil {
			return err
		}
		if err := m.run(torch.NoGrad, func(s *torch.Scope) error { m.uploadGradient(s); return nil }); err != nil {
			return err
		}
		gradients[i] = m.training.grad
	}
	return models[0].run(torch.NoGrad, func(s *torch.Scope) error {
		f(s, gradients)
		return nil
	})
}
