package model

import (
	"context"
	"fmt"
	"time"

	"ringmaster/model/torch"
)

// Loss is the sum of the examples' losses and their number, per task.
type Loss struct {
	Sum   []float64
	Count []int
}

// Backward adds the gradient of (sum of the examples' losses) / divisor to the flat
// gradient, which is zero after New and after Update. Dropout depends on dropSeed
// alone. No examples is no loss and no gradient. A loss that is NaN or infinite is no
// error here: the gradient then is not finite either, as a rule, and whoever sums over
// ranks sees both everywhere. After an error the gradient is zero.
func (m *Model) Backward(ctx context.Context, examples []Example, lossTarget LossTarget, divisor float64, dropSeed uint64) (Loss, error) {
	loss, err := m.BackwardObserved(ctx, examples, lossTarget, divisor, dropSeed, Observer{})
	return loss, m.dropGradient(err)
}

// BackwardObserved is Backward under the eyes of an Observer. After an error nothing is
// announced any more and the gradient is undefined until ZeroGradient, which is the
// caller's to call, once nobody uses what was announced.
func (m *Model) BackwardObserved(ctx context.Context, examples []Example, lossTarget LossTarget, divisor float64, dropSeed uint64, o Observer) (Loss, error) {
	loss := Loss{Sum: make([]float64, len(m.tasks)), Count: make([]int, len(m.tasks))}
	if err := m.checkBackward(examples, lossTarget, divisor); err != nil {
		return loss, err
	}
	if err := m.train(); err != nil {
		return loss, err
	}
	m.training.host = nil // a copy of the gradient would now be out of date
	all := func() error { return m.backwardAll(ctx, m.batches(examples), lossTarget, divisor, &loss, o) }
	var err error
	if m.dropout.none() {
		err = all()
	} else {
		err = torch.Seeded(m.device, dropSeed, all)
	}
	return loss, err
}

// backwardAll does the micro-batches and announces the buckets during the last one; all
// at once where there is none, or where the gradient has to be fetched first.
func (m *Model) backwardAll(ctx context.Context, batches []batch, lossTarget LossTarget, divisor float64, loss *Loss, o Observer) error {
	announcer := m.training.announcer
	if announcer != nil {
		defer announcer.disarm()
	}
	for i, b := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		if announcer != nil && i == len(batches)-1 {
			announcer.arm(o.Ready)
		}
		if err := m.backward(b, lossTarget, divisor, loss, o); err != nil {
			return err
		}
	}
	if announcer == nil {
		return m.announceCopy(o)
	}
	if len(batches) == 0 {
		announcer.arm(o.Ready)
		announcer.finishAll()
	}
	return nil
}

// announceCopy announces all buckets of a gradient that is copied to the host.
func (m *Model) announceCopy(o Observer) error {
	if o.Ready == nil {
		return nil
	}
	gradient, err := m.Gradient()
	if err != nil {
		return err
	}
	for i, b := range m.Buckets() {
		o.Ready(i, gradient[b.Lo:b.Hi])
	}
	return nil
}

func (m *Model) checkBackward(examples []Example, lossTarget LossTarget, divisor float64) error {
	if !(divisor > 0) {
		return fmt.Errorf("%w: the losses' divisor is %g; it must be more than 0", ErrSpec, divisor)
	}
	if err := m.check(examples); err != nil {
		return err
	}
	if m.masked != nil {
		return m.masked.check(examples)
	}
	return m.checkTargets(examples, lossTarget)
}

// backward is one micro-batch.
func (m *Model) backward(b batch, lossTarget LossTarget, divisor float64, loss *Loss, o Observer) error {
	return m.run(torch.WithGrad, func(s *torch.Scope) error {
		began := time.Now()
		p := m.pass(b, m.dropout)
		p.half = m.half
		ids := s.To(s.Ints(b.ids(), p.rows()*p.length()), m.device)
		words := s.IndexSelect(m.words(), 0, ids)
		s.RequireGrad(words)
		var total *torch.Tensor
		if m.masked != nil {
			total = m.masked.learn(s, m, p, words, divisor, loss)
		} else {
			total = m.classify(s, p, words, lossTarget, divisor, loss)
		}
		if err := s.Err(); err != nil {
			return err
		}
		o.passed(ForwardPass, began)
		began = time.Now()
		m.finishAbsent(b)
		s.Backward(total)
		s.IndexAdd(m.training.word, 0, ids, s.Grad(words))
		if s.Err() == nil && m.training.announcer != nil {
			m.training.announcer.finishAll()
		}
		o.passed(BackwardPass, began)
		return nil
	})
}

// classify gives the sum of the examples' losses, divided, as one element, and notes them.
func (m *Model) classify(s *torch.Scope, p pass, words *torch.Tensor, lossTarget LossTarget, divisor float64, loss *Loss) *torch.Tensor {
	b, features := p.batch, m.encoder.encode(s, p, words)
	var total *torch.Tensor
	for task, rows := range b.rows(len(m.tasks)) {
		if len(rows) == 0 {
			continue
		}
		classes := m.tasks[task].Classes
		sum := crossEntropy(s, p.head(s, features, m.tasks[task].Name, rows), m.targets(s, b, rows, classes, lossTarget))
		loss.Sum[task] += s.Item(sum)
		loss.Count[task] += len(rows)
		if total == nil {
			total = sum
		} else {
			total = s.Add(total, sum)
		}
	}
	return s.Scale(total, 1/divisor)
}

// finishAbsent takes the gradients of the heads that a micro-batch does not use as
// final before its backward pass, which will not come to them.
func (m *Model) finishAbsent(b batch) {
	if m.training.announcer == nil {
		return
	}
	if m.masked != nil {
		m.masked.finishUnused(m)
		return
	}
	rows := b.rows(len(m.tasks))
	for i, p := range m.layout {
		for task, t := range m.tasks {
			head := headPrefix(t.Name)
			if len(rows[task]) == 0 && (p.Name == head+".weight" || p.Name == head+".bias") {
				m.training.announcer.finish(i)
			}
		}
	}
}

// targets are the rows' targets, [rows, classes].
func (m *Model) targets(s *torch.Scope, b batch, rows []int64, classes int, lossTarget LossTarget) *torch.Tensor {
	y := make([]float32, 0, len(rows)*classes)
	for _, r := range rows {
		for _, v := range targetProbabilities(b.examples[r], classes, lossTarget) {
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
