package model

import "ringmaster/model/torch"

// training holds what only training needs: gradient, moments, bucket tracking.
type training struct {
	grad, mean, square *torch.Tensor // flat: gradient, and AdamW's moments
	word               *torch.Tensor // the word embeddings' part of grad
	gradViews          []*torch.Tensor
	host               []float32      // where grad is not host memory: Gradient's copy, until Update takes it
	bucketTracker      *bucketTracker // where grad is host memory
}

func (t *training) free() {
	if t == nil {
		return
	}
	for _, x := range append(t.gradViews, t.word, t.grad, t.mean, t.square) {
		x.Free()
	}
}

// train makes gradient and moments on first use, and the parameters leaves whose
// gradients are views of the flat one. The word embeddings stay out: their gradient
// comes row by row.
func (m *Model) train() error {
	if m.training != nil {
		return nil
	}
	t := &training{}
	err := m.run(torch.WithGrad, func(s *torch.Scope) error {
		n := int64(m.size)
		t.grad, t.mean, t.square = s.Keep(s.Zeros(m.device, n)), s.Keep(s.Zeros(m.device, n)), s.Keep(s.Zeros(m.device, n))
		if m.device.OnHost() {
			t.bucketTracker = newBucketTracker(m.layout, m.Buckets(), s.HostFloats(t.grad, m.size))
		}
		for i, p := range m.layout {
			g := s.Keep(view(s, t.grad, p))
			if i == 0 {
				t.word = g
				continue
			}
			t.gradViews = append(t.gradViews, g)
			s.RequireGrad(m.views[p.Name])
			s.SetGrad(m.views[p.Name], g)
			if t.bucketTracker != nil {
				s.OnGrad(m.views[p.Name], func() { t.bucketTracker.markReady(i) })
			}
		}
		return nil
	})
	if err != nil {
		t.free()
		return err
	}
	m.training = t
	return nil
}

// ZeroGradient sets the gradient to zero.
func (m *Model) ZeroGradient() error {
	if m.training == nil {
		return nil
	}
	m.training.host = nil
	return m.run(torch.NoGrad, func(s *torch.Scope) error {
		s.Zero(m.training.grad)
		return nil
	})
}

// Gradient is the flat gradient in host memory. On the CPU it is the gradient itself,
// the same slice every time, valid until Close. On a GPU it is a copy; what is written
// to it is used: Update takes the gradient from there until the next Backward.
func (m *Model) Gradient() ([]float32, error) {
	if err := m.train(); err != nil {
		return nil, err
	}
	if m.training.host != nil {
		return m.training.host, nil
	}
	var g []float32
	err := m.run(torch.NoGrad, func(s *torch.Scope) error {
		g = m.hostFloats(s, m.training.grad)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !m.device.OnHost() {
		m.training.host = g
	}
	return g, nil
}
