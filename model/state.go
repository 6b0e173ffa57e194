package model

import (
	"fmt"

	"ringmaster/model/torch"
)

// State is a checkpoint of a training: flat vectors in the layout of Parameters, and the
// number of updates. Frozen parameters have moments of zero, so that a state is whole.
type State struct {
	Step       int64
	Parameters []float32
	ExpAvg     []float32 // AdamW's mean of gradients
	ExpAvgSq   []float32 // AdamW's mean of squared gradients
}

// State copies out the model's state. The gradient is not part of it.
func (m *Model) State() (State, error) { return m.StateRange(0, m.size) }

// StateRange is State for the elements [lo, hi) of the vectors alone, copied without the
// rest.
func (m *Model) StateRange(lo, hi int) (State, error) {
	if lo < 0 || lo > hi || hi > m.size {
		return State{}, fmt.Errorf("%w: elements %d to %d of a model of %d", ErrState, lo, hi, m.size)
	}
	if err := m.train(); err != nil {
		return State{}, err
	}
	st := State{
		Step:       m.step,
		Parameters: make([]float32, hi-lo),
		ExpAvg:     make([]float32, hi-lo),
		ExpAvgSq:   make([]float32, hi-lo),
	}
	err := m.run(torch.NoGrad, func(s *torch.Scope) error {
		part := func(flat *torch.Tensor) *torch.Tensor { return s.Narrow(flat, 0, int64(lo), int64(hi-lo)) }
		s.Read(st.Parameters, part(m.flat))
		if first := max(lo, m.trained.from); first < hi {
			moments := func(flat *torch.Tensor) *torch.Tensor {
				return s.Narrow(flat, 0, int64(first-m.trained.from), int64(hi-first))
			}
			s.Read(st.ExpAvg[first-lo:], moments(m.training.mean))
			s.Read(st.ExpAvgSq[first-lo:], moments(m.training.square))
		}
		return nil
	})
	return st, err
}

// SetState puts the model into a state and zeroes the gradient. The state must come
// from a model of the same layout; only its lengths can be checked here.
func (m *Model) SetState(st State) error {
	if st.Step < 0 || len(st.Parameters) != m.size || len(st.ExpAvg) != m.size || len(st.ExpAvgSq) != m.size {
		return fmt.Errorf("%w: step %d with vectors of %d, %d and %d elements; the model has %d",
			ErrState, st.Step, len(st.Parameters), len(st.ExpAvg), len(st.ExpAvgSq), m.size)
	}
	if err := m.train(); err != nil {
		return err
	}
	err := m.run(torch.NoGrad, func(s *torch.Scope) error {
		n := int64(m.size)
		s.Copy(m.flat, s.Floats(st.Parameters, n))
		if r := m.training.recorded; r != nil {
			r.stale = true
		}
		from, n := m.trained.from, int64(m.trained.size())
		s.Copy(m.training.mean, s.Floats(st.ExpAvg[from:], n))
		s.Copy(m.training.square, s.Floats(st.ExpAvgSq[from:], n))
		return nil
	})
	if err != nil {
		return err
	}
	m.step = st.Step
	return m.ZeroGradient()
}
