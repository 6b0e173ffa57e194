package model

import (
	"context"
	"errors"
)

// TryLargest runs the forward and the backward pass of the largest of these examples' micro-batches, so
// that a training that its device's memory does not hold fails before it has begun (ErrMemory). The
// gradient must be zero, and is zero after it. Nothing else changes: no parameter, no moment, no number
// of a step, and no later dropout, since each Backward is given its own seed.
func (m *Model) TryLargest(ctx context.Context, examples []Example, lossTarget LossTarget, divisor float64) error {
	if err := m.checkBackward(examples, lossTarget, divisor); err != nil || len(examples) == 0 {
		return err
	}
	_, err := m.Backward(ctx, m.largest(examples), lossTarget, divisor, 0)
	return errors.Join(err, m.ZeroGradient())
}

// largest is the micro-batch with the most tokens, padding included.
func (m *Model) largest(examples []Example) []Example {
	var most batch
	for _, b := range m.batches(examples) {
		if len(b.examples)*b.length > len(most.examples)*most.length {
			most = b
		}
	}
	return most.examples
}
