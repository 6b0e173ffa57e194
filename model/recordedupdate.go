package model

import (
	"cmp"
	"math"

	"ringmaster/model/torch"
)

// recordedUpdate is an update with AdamW on a GPU, recorded as recordedPasses are: the
// gradient's norm, its bound, the step, and the parameters' copy in bfloat16.
type recordedUpdate struct {
	lists torch.AdamWLists
	// Learning rate, number of the step and bound, in host memory and on the device.
	hostSettings, settings *torch.Tensor
	values                 []float32
	norm                   *torch.Tensor
	graph                  *torch.Graph
	decay                  float64 // that the graph was recorded with
	ran                    bool
}

func (m *Model) newRecordedUpdate(s *torch.Scope) *recordedUpdate {
	u := &recordedUpdate{
		hostSettings: s.Keep(s.PinnedFloats(m.device, 3)),
		settings:     s.Keep(s.Zeros(m.device, 3)),
		norm:         s.Keep(s.Zeros(m.device, 1)),
	}
	u.values = s.HostFloats(u.hostSettings, 3)
	for _, decays := range []bool{true, false} {
		for _, p := range m.layout {
			if m.decays(p) != decays {
				continue
			}
			at := func(flat *torch.Tensor) *torch.Tensor { return s.Keep(view(s, flat, p)) }
			u.lists.Params = append(u.lists.Params, at(m.flat))
			u.lists.Grads = append(u.lists.Grads, at(m.training.grad))
			u.lists.Means = append(u.lists.Means, at(m.training.mean))
			u.lists.Squares = append(u.lists.Squares, at(m.training.square))
		}
		if decays {
			u.lists.Decayed = len(u.lists.Params)
		}
	}
	return u
}

// step takes a step and gives the gradient's norm. Where that is not finite, it changes nothing.
func (u *recordedUpdate) step(s *torch.Scope, m *Model, lr float64, o AdamW) (norm float64) {
	if u.decay != o.WeightDecay {
		u.graph.Free()
		u.graph, u.ran, u.decay = nil, false, o.WeightDecay
	}
	bound := cmp.Or(o.ClipNorm, math.Inf(1))
	u.values[0], u.values[1], u.values[2] = float32(lr), float32(m.step+1), float32(bound)
	s.CopyAsync(u.settings, u.hostSettings)
	r := m.training.recorded
	update := func(s *torch.Scope) {
		s.ClippedAdamW(u.lists, m.training.grad, u.settings, u.norm, torch.AdamWStep{Beta1: Beta1, Beta2: Beta2, Eps: Epsilon, WeightDecay: u.decay})
		if r.half != nil {
			s.Copy(r.half, m.flat)
		}
	}
	if u.graph == nil && u.ran && r.notRecorded == nil {
		u.graph, r.notRecorded = s.Record(m.device, r.anyGraph(), update)
	}
	if u.graph != nil {
		s.Replay(u.graph)
	} else if err := s.Try(update); err != nil {
		s.Fail(err)
	}
	u.ran = true
	return s.Item(u.norm)
}

func (u *recordedUpdate) free() {
	if u == nil {
		return
	}
	u.graph.Free()
	for _, list := range [][]*torch.Tensor{u.lists.Params, u.lists.Grads, u.lists.Means, u.lists.Squares, {u.hostSettings, u.settings, u.norm}} {
		for _, x := range list {
			x.Free()
		}
	}
}
