package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// stateFetch is the transfer of another worker's training state to this one. A goroutine
// fetches the state. Meanwhile this rank takes part in the ring with a gradient of zeros and
// queues the sums, which it applies once the state has arrived.
type stateFetch struct {
	order protocol.FetchState
	room  int // steps that may be queued
	queue []queuedStep

	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended
	state  transferredState
	err    error
}

// queuedStep is a step that waits for the state it is to be applied to.
type queuedStep struct {
	step     *reducedStep
	gradient []float32 // of all ranks, flat
}

// The queue holds so many bytes of gradients, and at least so many steps. When it is full,
// the ring waits for this rank's state.
const (
	queueBytes = 1 << 30
	queueSteps = 8
)

// fetchPatience is how long the source may serve nothing: it may have steps to do before it
// has the state that was asked for.
const fetchPatience = time.Minute

// startFetch starts to fetch a state. If it is cancelled, this worker's own state counts
// again.
func (e *executor) startFetch(ctx context.Context, order protocol.FetchState) error {
	if err := e.stage.checkTrains("a state transfer", order.Stage); err != nil {
		return err
	}
	e.stage.cancelFetch()
	e.stage.gradients.forgetResidual() // it belongs to this worker's own state
	size := e.stage.model.Size()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the order; cancelFetch ends it
	f := &stateFetch{
		order: order, room: cmp.Or(e.maxQueuedSteps, max(queueSteps, queueBytes/(4*e.stage.model.TrainedSize()))),
		cancel: cancel, done: make(chan struct{}),
	}
	e.stage.fetch = f
	e.log.Info("fetching the training state", "from", order.Source, "step", order.Step)
	go func() {
		defer close(f.done)
		defer logIfSlow(e.log, "the state of another worker", "from", order.Source, "step", order.Step)()
		f.state, f.err = fetchState(ctx, e.link, order, size)
	}()
	return nil
}

// cancelFetch ends a state transfer that is under way.
func (s *stage) cancelFetch() {
	if s == nil || s.fetch == nil {
		return
	}
	s.fetch.cancel()
	<-s.fetch.done
	s.fetch = nil
}

// fetched is closed when the state has arrived or cannot be had; nil without a transfer.
func (s *stage) fetched() <-chan struct{} {
	if s == nil || s.fetch == nil {
		return nil
	}
	return s.fetch.done
}

// stepWhileFetching takes part in a step's ring and queues the sum.
func (e *executor) stepWhileFetching(ctx context.Context, s *protocol.Step) error {
	f := e.stage.fetch
	if want := f.order.Step + len(f.queue); s.Step != want || len(s.Examples) > 0 {
		return fmt.Errorf("%w: step %d with %d examples during a state transfer; expected step %d without examples", ErrOrder, s.Step, len(s.Examples), want)
	}
	if len(f.queue) == f.room {
		return e.waitAndStep(ctx, s)
	}
	reduced, err := e.reduce(ctx, s)
	if err != nil {
		return fmt.Errorf("%s step %d, during a state transfer: %w", e.stage.Name, s.Step, err)
	}
	fault, err := e.stage.reducedFault(reduced.loss)
	if err != nil {
		return err
	}
	if fault != "" {
		e.stage.gradients.forgetResidual() // as the other ranks do, and before the next ring
		if !e.stage.SkipNotFinite {
			e.member.spend(s.Generation)
		}
	}
	gradient, err := e.stage.model.Gradient()
	if err != nil {
		return err
	}
	f.queue = append(f.queue, queuedStep{reduced, slices.Clone(gradient)})
	return e.stage.replicas.zeroGradient()
}

// waitAndStep waits for the state when the queue is full, applies the queue, and does the
// step like every other rank.
func (e *executor) waitAndStep(ctx context.Context, s *protocol.Step) error {
	select {
	case <-e.stage.fetched():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := e.catchUp(); err != nil {
		return err
	}
	if e.member.isOver(s.Generation) { // the state could not be fetched
		return nil
	}
	return e.step(ctx, s)
}

// catchUp sets the fetched state, if it has arrived, and applies the queued sums by the same
// updates as the other ranks. From then on this rank is like any other.
func (e *executor) catchUp() error {
	select {
	case <-e.stage.fetched():
	default:
		return nil
	}
	f := e.stage.fetch
	if f.err != nil {
		return e.breakGeneration(f.order.Generation, fmt.Errorf("%w: from %s at step %d: %w", ErrStateFetch, f.order.Source, f.order.Step, f.err))
	}
	e.stage.fetch = nil
	if err := e.stage.setState(f.state.State); err != nil {
		return err
	}
	e.stage.applied = &appliedSteps{state: protocol.Held{Stage: f.order.Stage, Applied: f.order.Step, AppliedGeneration: f.state.AppliedGeneration}}
	e.log.Info("training state fetched", "from", f.order.Source, "step", f.order.Step, "behind", len(f.queue))
	for _, q := range f.queue {
		if err := e.applyQueued(q); err != nil {
			return fmt.Errorf("%s step %d, after a state transfer: %w", e.stage.Name, q.step.order.Step, err)
		}
	}
	return nil
}

// applyQueued updates the fetched state with a queued sum, and reports the step.
func (e *executor) applyQueued(q queuedStep) error {
	gradient, err := e.stage.model.Gradient()
	if err != nil {
		return err
	}
	copy(gradient, q.gradient)
	residual := e.stage.gradients.residual // of later steps: an update that is skipped must not drop it
	done, err := e.update(context.Background(), q.step)
	if err != nil {
		return err
	}
	e.stage.gradients.residual = residual
	e.session.report(protocol.Report{StepDone: done})
	return nil
}

// fetchState asks another worker for its state until it has it. The other may have steps to
// do before it can serve the state.
func fetchState(ctx context.Context, l *link, order protocol.FetchState, size int) (s transferredState, err error) {
	nc := l.nc
	if order.SourceURL != "" {
		if nc, err = l.dialServer(order.SourceURL, order.SourceID, order.Pass, nats.Name("state transfer to "+l.worker), nats.MaxReconnects(-1), nats.ReconnectWait(retryPause)); err != nil {
			return s, err
		}
		defer nc.Close()
	}
	s.Parameters, s.ExpAvg, s.ExpAvgSq = make([]float32, size), make([]float32, size), make([]float32, size)
	into := [][]byte{bytesOf(s.Parameters), bytesOf(s.ExpAvg), bytesOf(s.ExpAvgSq)}
	text, err := transfer.FetchMemory(ctx, nc, protocol.StateSubject(l.run, order.SourceID, l.identity.ID()),
		stateName(order.Generation, order.Stage, order.Step), fetchPatience, into)
	if err != nil {
		return s, err
	}
	var note stateNote
	if err := json.Unmarshal(text, &note); err != nil {
		return s, fmt.Errorf("%w: %w", errStateNote, err)
	}
	s.Step, s.AppliedGeneration = note.Updates, note.AppliedGeneration
	return s, nil
}
