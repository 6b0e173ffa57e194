package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// training holds what only training needs: gradient, moments, bucket tracking.
type training struct {
	grad, mean, square *torch.Tensor            // of the trained part: gradient, and AdamW's moments
	gradViews          []*torch.Tensor          // the trained parameters' parts of grad
	word               *torch.Tensor            // that of the word embeddings; nil where they are frozen
	pinned             *torch.Tensor            // where grad is not host memory: room for host
	host               []float32                // Gradient's copy, until Update takes it
	bucketTracker      *bucketTracker           // where grad is host memory
	dropSeed           uint64                   // of the next micro-batch's dropout
	fixed              map[string]*torch.Tensor // where activations are checkpointed: the parameters, without gradients
	recorded           *recordedPasses
	update             *recordedUpdate // where there is recorded
}

func (t *training) free(m *Model) {
	if t == nil {
		return
	}
	for _, x := range t.fixed {
		x.Free()
	}
	t.update.free()
	t.recorded.free(m)
	for _, x := range append(t.gradViews, t.grad, t.mean, t.square, t.pinned) {
		x.Free()
	}
}

// train makes gradient and moments on first use, and the trained parameters leaves whose
// gradients are views of the flat one. The word embeddings stay out: their gradient
// comes row by row.
func (m *Model) train() error {
	if m.training != nil {
		return nil
	}
	t := &training{}
	m.training = t
	err := m.run(torch.WithGrad, func(s *torch.Scope) error {
		n := int64(m.trained.size())
		t.grad, t.mean, t.square = s.Keep(s.Zeros(m.device, n)), s.Keep(s.Zeros(m.device, n)), s.Keep(s.Zeros(m.device, n))
		if m.device.OnHost() && !m.records() {
			t.bucketTracker = newBucketTracker(m.trained.parts, m.Buckets(), s.HostFloats(t.grad, m.trained.size()))
		}
		for i, p := range m.trained.parts {
			g := s.Keep(view(s, t.grad, p))
			t.gradViews = append(t.gradViews, g)
			if i == 0 && m.trained.words() {
				t.word = g
				continue
			}
			s.RequireGrad(m.views[p.Name])
			s.SetGrad(m.views[p.Name], g)
			// Where activations are checkpointed, what several layers share is complete after all of
			// their backward passes only.
			if t.bucketTracker != nil && !(m.checkpointing && m.sharedByLayers(p)) {
				s.OnGrad(m.views[p.Name], func() { t.bucketTracker.markReady(i) })
			}
		}
		if m.checkpointing {
			t.fixed = map[string]*torch.Tensor{}
			for name, v := range m.views {
				t.fixed[name] = s.Keep(s.Detach(v))
			}
		}
		if m.records() {
			t.recorded = m.newRecordedPasses(s)
			t.update = m.newRecordedUpdate(s)
		}
		return nil
	})
	if err != nil {
		m.training = nil
		t.free(m)
	}
	return err
}

// sharedByLayers says whether several layers of a pass use a parameter.
func (m *Model) sharedByLayers(p Parameter) bool {
	bert, ok := m.config.(weights.BertConfig)
	return ok && bert.SharedByLayers(p.Name)
}

// nextSeed is the seed of a micro-batch's dropout: the step's own for the first.
func (t *training) nextSeed() uint64 {
	seed := t.dropSeed
	t.dropSeed += microBatchStride
	return seed
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

// Gradient is the gradient of the trained parameters in host memory: flat, in the order of
// Parameters, and TrainedSize long. On the CPU it is the gradient itself,
// the same slice every time, valid until Close. On a GPU it is a copy; what is written
// to it is used: Update takes the gradient from there until the next Backward.
func (m *Model) Gradient() ([]float32, error) {
	if err := m.train(); err != nil {
		return nil, err
	}
	if m.training.host != nil {
		return m.training.host, nil
	}
	if m.device.OnHost() {
		var g []float32
		err := m.run(torch.NoGrad, func(s *torch.Scope) error {
			g = s.HostFloats(m.training.grad, m.trained.size())
			return nil
		})
		return g, err
	}
	err := m.download(nil)
	return m.training.host, err
}

// download copies the gradient from the device to the host, bucket by bucket, and calls ready
// after each.
func (m *Model) download(ready func(bucket int, gradient []float32)) error {
	t := m.training
	return m.run(torch.NoGrad, func(s *torch.Scope) error {
		if t.pinned == nil {
			t.pinned = s.Keep(s.PinnedFloats(m.device, int64(m.trained.size())))
		}
		t.host = s.HostFloats(t.pinned, m.trained.size())
		for i, b := range m.Buckets() {
			lo, n := int64(b.Lo), int64(b.Size())
			s.CopyAsync(s.Narrow(t.pinned, 0, lo, n), s.Narrow(t.grad, 0, lo, n))
			s.Synchronize(m.device)
			if s.Err() != nil {
				t.host = nil
				return nil
			}
			if ready != nil {
				ready(i, t.host[b.Lo:b.Hi])
			}
		}
		return nil
	})
}

// upload copies what was written to Gradient's copy to the device.
func (m *Model) upload(s *torch.Scope) {
	if m.training.host != nil {
		s.CopyAsync(m.training.grad, m.training.pinned)
	}
}
