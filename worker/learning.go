package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// learning is the taking over of another worker's state. A goroutine fetches it; meanwhile
// this rank does its part of every step's ring with a gradient of zeros and keeps the sums,
// which it applies once the state is there.
type learning struct {
	order protocol.FetchState
	room  int // how many sums may wait
	queue []queued

	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended
	state  donated       // then
	err    error
}

// queued is a step that waits for the state it is to be applied to.
type queued struct {
	taken    *taken
	gradient []float32 // of all ranks, flat
}

// Sums that a learner keeps: so many bytes of them, and in any case so many. When they are
// more, the ring waits for the learner's state.
const (
	queueBytes = 1 << 30
	queueSteps = 8
)

// learnPatience is how long a donor may give nothing: it may have some steps to do before
// it comes to the one whose state it donates.
const learnPatience = time.Minute

// finished is closed when the state is there, or cannot be had; nil, and never, while
// nothing is learnt.
func (l *learning) finished() <-chan struct{} {
	if l == nil {
		return nil
	}
	return l.done
}

// learn begins to take over a state. What this worker held counts again if that is broken
// off.
func (e *executor) learn(ctx context.Context, order protocol.FetchState) error {
	if err := e.trains("learning", order.Stage); err != nil {
		return err
	}
	e.dropLearning()
	e.exchange.forget()
	size := e.model.Size()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the order; dropLearning ends it
	l := &learning{order: order, room: cmp.Or(e.queueRoom, max(queueSteps, queueBytes/(4*size))), cancel: cancel, done: make(chan struct{})}
	e.learning = l
	e.options.Log.Info("learning", "from", order.Source, "step", order.Step)
	go func() {
		defer close(l.done)
		defer e.waits("the state of another worker", "from", order.Source, "step", order.Step)()
		l.state, l.err = e.fetchState(ctx, order, size)
	}()
	return nil
}

// dropLearning ends a learning that is under way.
func (e *executor) dropLearning() {
	if e.learning == nil {
		return
	}
	e.learning.cancel()
	<-e.learning.done
	e.learning = nil
}

// stepLearning does a learner's part of a step: its ring, and not its update.
func (e *executor) stepLearning(ctx context.Context, s *protocol.Step) error {
	l := e.learning
	if want := l.order.Step + len(l.queue); s.Step != want || len(s.Examples) > 0 {
		return fmt.Errorf("%w: step %d with %d examples for a worker that learns; it expects step %d without any", ErrOrder, s.Step, len(s.Examples), want)
	}
	if len(l.queue) == l.room {
		select {
		case <-l.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := e.catchUp(); err != nil {
			return err
		}
		return e.unlessSpent(protocol.Order{Step: s}, func() error { return e.step(ctx, s) })
	}
	k, err := e.sum(ctx, s)
	if err != nil {
		return fmt.Errorf("%s step %d, learning: %w", e.stage.Name, s.Step, err)
	}
	fault, err := e.summedFault(k.loss)
	if err != nil {
		return err
	}
	if fault != "" {
		e.exchange.forget() // as apply does, and before the next ring
		if !e.stage.SkipNotFinite {
			e.spent = max(e.spent, s.Generation)
		}
	}
	gradient, err := e.model.Gradient()
	if err != nil {
		return err
	}
	l.queue = append(l.queue, queued{k, slices.Clone(gradient)})
	return e.replicas.zeroGradient()
}

// catchUp goes on from the learnt state, if it has come: it applies the sums that wait with
// the very updates the others did, and then this rank is one of them.
func (e *executor) catchUp() error {
	l := e.learning
	select {
	case <-l.finished():
	default:
		return nil
	}
	if l.err != nil {
		return e.breakOff(l.order.Generation, fmt.Errorf("%w: from %s at step %d: %w", ErrLearn, l.order.Source, l.order.Step, l.err))
	}
	e.learning = nil
	if err := e.replicas.each(func(_ int, m *model.Model) error { return m.SetState(l.state.State) }); err != nil {
		return err
	}
	e.held = &protocol.Held{Stage: l.order.Stage, Applied: l.order.Step, AppliedGeneration: l.state.AppliedGeneration}
	e.pending = nil
	e.options.Log.Info("learnt", "from", l.order.Source, "step", l.order.Step, "behind", len(l.queue))
	for _, q := range l.queue {
		gradient, err := e.model.Gradient()
		if err != nil {
			return err
		}
		copy(gradient, q.gradient)
		lost := e.exchange.residual // belongs to steps that came later
		done, err := e.apply(context.Background(), q.taken)
		if err != nil {
			return fmt.Errorf("%s step %d, learnt: %w", e.stage.Name, q.taken.order.Step, err)
		}
		e.exchange.residual = lost
		e.tell(protocol.Report{StepDone: done})
	}
	return nil
}
