package model

import (
	"fmt"

	"ringmaster/model/torch"
)

// Group sums the gradients of models on different GPUs by NCCL. It knows the devices,
// not the models: others on the same devices may take their place.
type Group struct{ devices *torch.Group }

// OpenGroup makes a group of the models' devices, with the NCCL that torch brings or
// the first of the libraries named. Where that cannot be, AddGradient and TakeGradient do
// the same by copies.
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

// Version is NCCL's version.
func (g *Group) Version() (string, error) { return g.devices.Version() }

// Close frees what the group holds on the devices. Closing nil does nothing.
func (g *Group) Close() error {
	if g == nil {
		return nil
	}
	return g.devices.Close()
}

// Sum leaves the sum of all gradients in every model, the same to the bit. The models
// are on the group's devices in their order, and no call of any is under way.
func (g *Group) Sum(models []*Model) error {
	return g.together(models, func(s *torch.Scope, gradients []*torch.Tensor) { s.GroupSum(g.devices, gradients) })
}

// Spread replaces every model's gradient by the first's, under the rules of Sum.
func (g *Group) Spread(models []*Model) error {
	return g.together(models, func(s *torch.Scope, gradients []*torch.Tensor) { s.GroupSpread(g.devices, gradients) })
}

// together calls f with all gradients on the first model's thread.
func (g *Group) together(models []*Model, f func(s *torch.Scope, gradients []*torch.Tensor)) error {
	gradients := make([]*torch.Tensor, len(models))
	for i, m := range models {
		if m.size != models[0].size {
			return fmt.Errorf("%w: a gradient of %d elements among models of %d", ErrState, m.size, models[0].size)
		}
		if err := m.train(); err != nil {
			return err
		}
		if err := m.run(torch.NoGrad, func(s *torch.Scope) error { m.putBack(s); return nil }); err != nil {
			return err
		}
		gradients[i] = m.training.grad
	}
	return models[0].run(torch.NoGrad, func(s *torch.Scope) error {
		f(s, gradients)
		return nil
	})
}
