package model

import (
	"cmp"
	"math"

	"ringmaster/model/torch"
)

// recordedUpdate is an update with AdamW on a GPU, recorded as recordedPasses are: the
// gradient's norm, its bound, the step, and the parameters' copy in bfloat16.
type recordedUpdate struct {
	kernels *torch.Kernels // by which it is one kernel; nil without
	flat    torch.FlatAdamW
	lists   torch.AdamWLists // without kernels
	// As torch.FlatAdamW's, in host memory and on the device.
	hostSettings, settings *torch.Tensor
	values                 []float32
	norm                   *torch.Tensor
	recording
	below    []int // of each of the lists, how many layers it is below the heads
	recorded AdamW // that the graph was recorded with
}

func (m *Model) newRecordedUpdate(s *torch.Scope) *recordedUpdate {
	u := &recordedUpdate{
		hostSettings: s.Keep(s.PinnedFloats(m.device, 5)),
		settings:     s.Keep(s.Zeros(m.device, 5)),
		norm:         s.Keep(s.Zeros(m.device, 1)),
	}
	u.values = s.HostFloats(u.hostSettings, 5)
	if r := m.training.recorded; !m.device.OnHost() && s.Err() == nil {
		if u.kernels = r.kernels; u.kernels == nil {
			u.kernels, r.notFused = torch.CompileKernels(m.device, 128) // of which an update uses no rows
		}
	}
	if u.kernels != nil {
		t := m.training
		u.flat = torch.FlatAdamW{Param: s.Keep(m.trained.of(s, m.flat)), Grad: t.grad, Mean: t.mean, Square: t.square, Settings: u.settings, Norm: u.norm}
		if t.recorded.half != nil {
			u.flat.Half = s.Keep(m.trained.of(s, t.recorded.half))
		}
		u.flat.Classes = s.Keep(s.To(s.Bytes(m.updateClasses(), int64(m.trained.size())), m.device))
		return u
	}
	trained := m.trained.of(s, m.flat)
	for _, decays := range []bool{true, false} {
		for _, p := range m.trained.parts {
			if m.decays(p) != decays {
				continue
			}
			at := func(flat *torch.Tensor) *torch.Tensor { return s.Keep(view(s, flat, p)) }
			u.lists.Params = append(u.lists.Params, at(trained))
			u.lists.Grads = append(u.lists.Grads, at(m.training.grad))
			u.lists.Means = append(u.lists.Means, at(m.training.mean))
			u.lists.Squares = append(u.lists.Squares, at(m.training.square))
			u.below = append(u.below, m.belowHeads(p))
		}
		if decays {
			u.lists.Decayed = len(u.lists.Params)
		}
	}
	return u
}

// step takes a step and gives the gradient's norm. Where that is not finite, it changes nothing.
func (u *recordedUpdate) step(s *torch.Scope, m *Model, lr float64, o AdamW) (norm float64) {
	if u.recorded.WeightDecay != o.WeightDecay || u.recorded.LayerDecay != o.LayerDecay || u.recorded.HeadRate != o.HeadRate {
		u.forget()
		u.recorded = o
		u.share(s, m, o)
	}
	bound := cmp.Or(o.ClipNorm, math.Inf(1))
	t := float64(m.step + 1)
	copy(u.values, []float32{float32(lr), float32(bound), float32(t), float32(1 - math.Pow(Beta1, t)), float32(1 - math.Pow(Beta2, t))})
	s.CopyAsync(u.settings, u.hostSettings)
	r := m.training.recorded
	u.do(s, m.device, r, func(s *torch.Scope) {
		step := torch.AdamWStep{Beta1: Beta1, Beta2: Beta2, Eps: Epsilon, WeightDecay: u.recorded.WeightDecay}
		if u.kernels != nil {
			s.StepAdamW(u.kernels, u.flat, step)
			return
		}
		s.ClippedAdamW(u.lists, m.training.grad, u.settings, u.norm, step)
		if r.half != nil {
			s.Copy(m.trained.of(s, r.half), m.trained.of(s, m.flat))
		}
	})
	return s.Item(u.norm)
}

// zeroes reports whether a step zeroes the gradient.
func (u *recordedUpdate) zeroes() bool { return u.kernels != nil }

// share sets which share of the learning rate each parameter has.
func (u *recordedUpdate) share(s *torch.Scope, m *Model, o AdamW) {
	if u.kernels == nil {
		u.lists.Shares = nil
		for _, below := range u.below {
			u.lists.Shares = append(u.lists.Shares, o.share(below))
		}
		return
	}
	u.flat.Shares.Free()
	u.flat.Shares = nil
	if o.LayerDecay == 0 && o.HeadRate == 0 {
		return
	}
	shares := make([]float32, torch.UpdateDepths)
	for below := range shares {
		shares[below] = float32(o.share(below))
	}
	u.flat.Shares = s.Keep(s.To(s.Floats(shares, int64(len(shares))), m.device))
}

// updateClasses are the classes of the trained elements, as torch.FlatAdamW wants them.
func (m *Model) updateClasses() []byte {
	all := make([]byte, m.trained.size())
	for _, p := range m.trained.parts {
		class := torch.UpdateClass(m.decays(p), m.belowHeads(p))
		for i := p.Offset; i < p.End(); i++ {
			all[i] = class
		}
	}
	return all
}

func (u *recordedUpdate) free() {
	if u == nil {
		return
	}
	u.forget()
	for _, list := range [][]*torch.Tensor{u.lists.Params, u.lists.Grads, u.lists.Means, u.lists.Squares, {u.hostSettings, u.settings, u.norm, u.flat.Classes, u.flat.Shares, u.flat.Param, u.flat.Half}} {
		for _, x := range list {
			x.Free()
		}
	}
}
