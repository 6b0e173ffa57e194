package model

import (
	"context"
	"fmt"

	"ringmaster/model/torch"
)

// Loss is the sum of the examples' losses and their number, per task.
type Loss struct {
	Sum   []float64
	Count []int
}

// training is what only training needs.
type training struct {
	grad, mean, square *torch.Tensor // flat: gradient, and AdamW's moments
	word               *torch.Tensor // the word embeddings' part of grad
	gradViews          []*torch.Tensor
	host               []float32 // where grad is not host memory: Gradient's copy, until Update takes it
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
		for _, p := range m.layout {
			g := s.Keep(view(s, t.grad, p))
			if p.Name == wordEmbeddings+".weight" {
				t.word = g
				continue
			}
			t.gradViews = append(t.gradViews, g)
			s.RequireGrad(m.views[p.Name])
			s.SetGrad(m.views[p.Name], g)
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

// Backward adds the gradient of (sum of the examples' losses) / divisor to the flat
// gradient, which is zero after New and after Update. Dropout depends on dropSeed
// alone. No examples is no loss and no gradient. After an error the gradient is zero.
func (m *Model) Backward(ctx context.Context, examples []Example, mix Mix, divisor float64, dropSeed uint64) (Loss, error) {
	loss := Loss{Sum: make([]float64, len(m.tasks)), Count: make([]int, len(m.tasks))}
	if err := m.checkBackward(examples, mix, divisor); err != nil {
		return loss, m.dropGradient(err)
	}
	if err := m.train(); err != nil {
		return loss, err
	}
	m.training.host = nil // a copy of the gradient would now be out of date
	all := func() error {
		for _, b := range m.batches(examples) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := m.backward(b, mix, divisor, &loss); err != nil {
				return err
			}
		}
		return nil
	}
	if m.dropout.none() {
		return loss, m.dropGradient(all())
	}
	return loss, m.dropGradient(torch.Seeded(m.device, dropSeed, all))
}

func (m *Model) checkBackward(examples []Example, mix Mix, divisor float64) error {
	if !(divisor > 0) {
		return fmt.Errorf("%w: the losses' divisor is %g; it must be more than 0", ErrSpec, divisor)
	}
	if err := m.check(examples); err != nil {
		return err
	}
	return m.checkTargets(examples, mix)
}

// backward is one micro-batch.
func (m *Model) backward(b batch, mix Mix, divisor float64, loss *Loss) error {
	return m.run(torch.WithGrad, func(s *torch.Scope) error {
		e := &encoder{m: m, drop: m.dropout, b: b}
		ids := s.To(s.Ints(b.ids(), e.rows()*e.length()), m.device)
		words := s.IndexSelect(m.views[wordEmbeddings+".weight"], 0, ids)
		s.RequireGrad(words)
		pooled := e.encode(s, words)

		var total *torch.Tensor
		for task, rows := range b.rows(len(m.tasks)) {
			if len(rows) == 0 {
				continue
			}
			classes := m.tasks[task].Classes
			sum := crossEntropy(s, e.logits(s, pooled, task, rows), m.targets(s, b, rows, classes, mix))
			loss.Sum[task] += s.Item(sum)
			loss.Count[task] += len(rows)
			if total == nil {
				total = sum
			} else {
				total = s.Add(total, sum)
			}
		}
		s.Backward(s.Scale(total, 1/divisor))
		s.IndexAdd(m.training.word, 0, ids, s.Grad(words))
		return nil
	})
}

// targets are the rows' targets, [rows, classes].
func (m *Model) targets(s *torch.Scope, b batch, rows []int64, classes int, mix Mix) *torch.Tensor {
	y := make([]float32, 0, len(rows)*classes)
	for _, r := range rows {
		for _, v := range target(b.examples[r], classes, mix) {
			y = append(y, float32(v))
		}
	}
	return s.To(s.Floats(y, int64(len(rows)), int64(classes)), m.device)
}

// dropGradient zeroes the gradient when err is an error, and returns it.
func (m *Model) dropGradient(err error) error {
	if err == nil {
		return nil
	}
	if zeroErr := m.ZeroGradient(); zeroErr != nil {
		return fmt.Errorf("%w (and the gradient could not be cleared: %w)", err, zeroErr)
	}
	return err
}

// ZeroGradient discards what Backward has gathered.
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
// to it counts, as Update takes the gradient from there until the next Backward.
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
