package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// step is a worker's training loop from one order to its report: forward and backward over
// this rank's examples, beside them the ring, then the optimizer.
func (e *executor) step(ctx context.Context, s *protocol.Step) error {
	if err := e.checkStep(s); err != nil {
		return err
	}
	e.stage.applied.dropCommitted(s.Committed)
	if e.stage.fetch != nil {
		return e.stepWhileFetching(ctx, s) // the state to update is still on its way
	}
	if err := e.stage.checkState("a step", s.Stage, s.Step); err != nil {
		return err
	}
	if err := e.tryLargest(ctx, s); err != nil {
		return err
	}
	reduced, err := e.reduce(ctx, s)
	if err != nil {
		return fmt.Errorf("%s step %d: %w", e.stage.Name, s.Step, err)
	}
	done, err := e.update(ctx, reduced)
	if err != nil {
		return fmt.Errorf("%s step %d: %w", e.stage.Name, s.Step, err)
	}
	e.link.monitor.stepDone(done, len(s.Examples))
	e.session.report(protocol.Report{StepDone: done})
	e.noteSlowSteps()
	return nil
}

// noteSlowSteps logs once in a stage why a GPU's steps are slower than they could be.
func (e *executor) noteSlowSteps() {
	if err := e.stage.model.SlowSteps(); err != nil && !e.stage.slowNoted {
		e.stage.slowNoted = true
		e.log.Warn("steps on the GPU are slower than they could be", "why", err)
	}
}

// reduce leaves the sum of all ranks' gradients in the first replica. The ring sums each
// bucket as soon as the backward pass has finished it. On error the gradient is zero.
func (e *executor) reduce(ctx context.Context, s *protocol.Step) (*reducedStep, error) {
	stage, ring := e.stage, e.member.ring
	r := newReducedStep(s, ring)
	ctx, sums := stage.gradients.start(ctx, ring, s.Tokens, r.timeline)
	var err error
	r.loss, err = stage.replicas.backward(ctx, stage.devices, s.Examples, stage.lossTarget(s.Lambda), float64(s.Count), s.Seed, sums.observer(r.timeline))
	if err = sums.finish(r.loss, err); err != nil {
		return nil, errors.Join(err, stage.replicas.zeroGradient())
	}
	r.finish(ring, stage.gradients)
	return r, nil
}

// update takes an optimizer step with the reduced gradient, and counts it as applied. Where
// the loss or the gradient is not finite, every rank sees that and skips the update. ctx ends
// only the search for the examples at fault: other ranks may have applied the same sum.
func (e *executor) update(ctx context.Context, r *reducedStep) (*protocol.StepDone, error) {
	stage, s, began := e.stage, r.order, time.Now()
	done := r.report()
	fault := lossFault(r.loss, stage.Tasks)
	if fault == "" {
		var err error
		done.GradNorm, err = stage.replicas.update(stage.devices, s.LR, model.AdamW{WeightDecay: stage.WeightDecay, ClipNorm: stage.ClipNorm, LayerDecay: stage.LayerDecay, HeadRate: stage.HeadRate})
		if errors.Is(err, model.ErrNotFinite) {
			fault = normFault(done.GradNorm)
		} else if err != nil {
			return nil, err
		}
	}
	r.timeline.computed(optimiserSpan, began, time.Now())
	if fault != "" {
		if err := stage.skipUpdate(ctx, s, done, fault); err != nil {
			return nil, err
		}
	}
	if s.Hash {
		var err error
		if done.Hash, err = stage.replicas.hash(); err != nil {
			return nil, err
		}
	}
	r.measure(done, time.Since(began), stage.Trace)
	if fault != "" && !stage.SkipNotFinite {
		e.member.spend(s.Generation) // the coordinator ends the run
		return done, nil
	}
	stage.applied.add(done)
	return done, nil
}

// checkStep makes sure that a step's order fits stage, ring and vocabulary.
func (e *executor) checkStep(s *protocol.Step) error {
	if err := e.stage.checkTrains("a step", s.Stage); err != nil {
		return err
	}
	if !e.member.isIn(s.Generation) {
		return fmt.Errorf("%w: step %d of generation %d, whose ring was not formed", ErrOrder, s.Step, s.Generation)
	}
	if e.member.ring.world() == 1 {
		return nil // nothing travels by rows
	}
	return checkTokens(s, e.stage.model.Config().Sizes().Vocabulary)
}
