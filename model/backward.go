package model

import (
	"context"
	"fmt"
	"time"

	"ringmaster/kinds"
	"ringmaster/model/torch"
)

// Loss is the sum of the examples' losses and their number, per task.
type Loss struct {
	Sum   []float64
	Count []int
}

// Backward adds the gradient of (sum of the examples' losses) / divisor to the flat
// gradient, which is zero after New and after Update. Dropout depends on dropSeed
// alone. Without examples it adds nothing. A loss that is NaN or infinite is not an error
// here: the gradient is then usually not finite either, and after the all-reduce all ranks
// see it. After an error the gradient is zero.
func (m *Model) Backward(ctx context.Context, examples []Example, lossTarget LossTarget, divisor float64, dropSeed uint64) (Loss, error) {
	loss, err := m.BackwardObserved(ctx, examples, lossTarget, divisor, dropSeed, Observer{})
	return loss, m.zeroOnError(err)
}

// BackwardObserved is Backward that calls the functions of an Observer. After an error it
// calls none, and the gradient is undefined until ZeroGradient, which the caller calls when
// nothing uses the announced buckets any more.
func (m *Model) BackwardObserved(ctx context.Context, examples []Example, lossTarget LossTarget, divisor float64, dropSeed uint64, o Observer) (Loss, error) {
	loss := Loss{Sum: make([]float64, len(m.tasks)), Count: make([]int, len(m.tasks))}
	if err := m.checkBackward(examples, lossTarget, divisor); err != nil {
		return loss, err
	}
	if err := m.train(); err != nil {
		return loss, err
	}
	m.training.host = nil // a copy of the gradient would now be out of date
	m.training.dropSeed = dropSeed
	all := func() error { return m.backwardAll(ctx, m.batches(examples), lossTarget, divisor, &loss, o) }
	r := m.training.recorded
	if r == nil || m.dropout.none() {
		err := all()
		return loss, err
	}
	r.seed = dropSeed
	err := torch.Seeded(m.device, dropSeed, all)
	return loss, err
}

// backwardAll runs the micro-batches and announces the buckets during the last one; all at
// once where there is none, or where the gradient is copied from a GPU first.
func (m *Model) backwardAll(ctx context.Context, batches []batch, lossTarget LossTarget, divisor float64, loss *Loss, o Observer) error {
	bucketTracker := m.training.bucketTracker
	if bucketTracker != nil {
		defer bucketTracker.stop()
	}
	for i, b := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		if bucketTracker != nil && i == len(batches)-1 {
			bucketTracker.start(o.Ready)
		}
		if err := m.backward(b, lossTarget, divisor, loss, o); err != nil {
			return b.memoryError(m.device, err)
		}
	}
	if bucketTracker == nil {
		return m.announceCopy(o)
	}
	if len(batches) == 0 {
		bucketTracker.start(o.Ready)
		bucketTracker.markAllReady()
	}
	return nil
}

// announceCopy announces all buckets of a gradient, each when it has been copied to the host.
func (m *Model) announceCopy(o Observer) error {
	switch {
	case o.Ready == nil:
		return nil
	case !m.device.OnHost():
		return m.download(o.Ready)
	}
	gradient, err := m.Gradient()
	for i, b := range m.Buckets() {
		if err == nil {
			o.Ready(i, gradient[b.Lo:b.Hi])
		}
	}
	return err
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

// backward is the forward and backward pass of one micro-batch.
func (m *Model) backward(b batch, lossTarget LossTarget, divisor float64, loss *Loss, o Observer) error {
	return m.run(torch.WithGrad, func(s *torch.Scope) error {
		if r := m.training.recorded; r != nil && !lossTarget.softens() {
			r.backward(s, m, b, lossTarget, divisor, loss, o)
			return nil
		}
		began := time.Now()
		p := m.pass(b, m.dropout)
		seed := m.training.nextSeed()
		p.half, p.seed = m.half, &seed
		if m.checkpointing {
			p.saved = m.newCheckpoints(p)
		}
		ids := s.To(s.Ints(b.ids(), p.rows()*p.length()), m.device)
		words := s.IndexSelect(m.words(), 0, ids)
		if m.trained.words() {
			s.RequireGrad(words)
		}
		var total *torch.Tensor
		if m.masked != nil {
			total = m.masked.classify(s, m, p, words, divisor, loss)
		} else {
			total = m.classify(s, p, words, lossTarget, divisor, loss)
		}
		if err := s.Err(); err != nil {
			return err
		}
		o.passed(ForwardPass, began)
		began = time.Now()
		m.markUnusedHeadsReady(b)
		s.Backward(total)
		p.saved.backward(s)
		if m.trained.words() {
			s.IndexAdd(m.training.word, 0, ids, s.Grad(words))
		}
		if s.Err() == nil && m.training.bucketTracker != nil {
			m.training.bucketTracker.markAllReady()
		}
		o.passed(BackwardPass, began)
		return nil
	})
}

// classify is the forward pass to the loss: the sum of the examples' losses / divisor, as one
// element. It adds the losses to loss.
func (m *Model) classify(s *torch.Scope, p pass, words *torch.Tensor, lossTarget LossTarget, divisor float64, loss *Loss) *torch.Tensor {
	b, features := p.batch, m.encoder.encode(s, p, words)
	var total *torch.Tensor
	for task, rows := range b.rows(len(m.tasks)) {
		if len(rows) == 0 {
			continue
		}
		of := m.tasks[task]
		logits := p.head(s, features, of.Name, rows)
		var sum *torch.Tensor
		if loss := of.kind().Loss(of.Classes); lossTarget.softens() && loss == kinds.CrossEntropy {
			sum = m.softLoss(s, logits, b, rows, of, lossTarget)
		} else {
			sum = lossOf(s, loss, logits, m.targets(s, b, rows, of, lossTarget))
		}
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

// markUnusedHeadsReady marks the heads that a micro-batch does not use: its backward pass
// does not reach them.
func (m *Model) markUnusedHeadsReady(b batch) {
	if m.training.bucketTracker == nil {
		return
	}
	if m.masked != nil {
		m.masked.markUnusedReady(m)
		return
	}
	rows := b.rows(len(m.tasks))
	for i, p := range m.trained.parts {
		for task, t := range m.tasks {
			head := headPrefix(t.Name)
			if len(rows[task]) == 0 && (p.Name == head+".weight" || p.Name == head+".bias") {
				m.training.bucketTracker.markReady(i)
			}
		}
	}
}

// targets are the rows' targets: [rows, outputs], or [rows·outputs, 2] where each output has two.
func (m *Model) targets(s *torch.Scope, b batch, rows []int64, task Task, lossTarget LossTarget) *torch.Tensor {
	each := task.kind().Loss(task.Classes).Targets()
	y := make([]float32, 0, len(rows)*task.Classes*each)
	for _, r := range rows {
		for _, v := range targetsOf(b.examples[r], task, lossTarget) {
			y = append(y, float32(v))
		}
	}
	shape := []int64{int64(len(rows)), int64(task.Classes)}
	if each > 1 {
		shape = []int64{int64(len(y) / each), int64(each)}
	}
	return s.To(s.Floats(y, shape...), m.device)
}

// zeroOnError zeroes the gradient if err is not nil, and returns err.
func (m *Model) zeroOnError(err error) error {
	if err == nil {
		return nil
	}
	if zeroErr := m.ZeroGradient(); zeroErr != nil {
		return fmt.Errorf("%w (and the gradient could not be cleared: %w)", err, zeroErr)
	}
	return err
}
