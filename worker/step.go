package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/model"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// step does one global step's part and reports it.
func (e *executor) step(ctx context.Context, s *protocol.Step) error {
	if err := e.checkStep(s); err != nil {
		return err
	}
	e.forgetCommitted(s.Committed)
	if e.learning != nil {
		return e.stepLearning(ctx, s)
	}
	if s.Step != e.held.Applied {
		return fmt.Errorf("%w: step %d on a state of %d steps", ErrOrder, s.Step, e.held.Applied)
	}
	done, err := e.takeStep(ctx, s)
	if err != nil {
		return fmt.Errorf("%s step %d: %w", e.stage.Name, s.Step, err)
	}
	e.tell(protocol.Report{StepDone: done})
	return nil
}

func (e *executor) checkStep(s *protocol.Step) error {
	if err := e.trains("step", s.Stage); err != nil {
		return err
	}
	if e.ring == nil || e.ring.place.Generation != s.Generation {
		return fmt.Errorf("%w: step %d of generation %d, without its ring", ErrOrder, s.Step, s.Generation)
	}
	return nil
}

// taken is a step whose gradient, of all ranks, is summed and not yet applied.
type taken struct {
	order   *protocol.Step
	loss    model.Loss // of all ranks
	t       *timeline
	world   int           // ranks of the ring
	sent    uint64        // bytes over the ring
	dense   uint64        // bytes if all rows had travelled
	transit time.Duration // of the link to the right, as far as it is known
	lasted  time.Duration // from order to sum
}

// takeStep forms the gradient of all ranks and updates the parameters.
func (e *executor) takeStep(ctx context.Context, s *protocol.Step) (*protocol.StepDone, error) {
	k, err := e.sum(ctx, s)
	if err != nil {
		return nil, err
	}
	return e.apply(ctx, k)
}

// sum leaves the sum of all ranks' gradients in the first replica; on error, zeros.
func (e *executor) sum(ctx context.Context, s *protocol.Step) (*taken, error) {
	k := &taken{order: s, t: &timeline{began: time.Now()}, world: e.ring.world()}
	before, transit := e.ring.sent(), e.ring.inTransit()
	var err error
	if k.loss, err = e.gradient(ctx, s, k.t); err != nil {
		return nil, errors.Join(err, e.replicas.zeroGradient())
	}
	k.sent, k.transit = e.ring.sent()-before, e.ring.inTransit()-transit
	k.dense = k.sent
	if e.ring.world() > 1 {
		k.dense += e.exchange.saved(e.ring.place.Rank, e.ring.world(), s.Tokens)
	}
	k.lasted = time.Since(k.t.began)
	return k, nil
}

// apply updates the parameters with a gradient that is summed, and takes the step as
// applied. ctx ends only the search for the examples at fault, should the gradient not be
// finite: a sum that one rank has, others may have applied.
func (e *executor) apply(ctx context.Context, k *taken) (*protocol.StepDone, error) {
	s, began := k.order, time.Now()
	done := &protocol.StepDone{
		Generation: s.Generation, Stage: s.Stage, Step: s.Step, ActiveRanks: s.ActiveRanks, World: k.world,
		LossSum: k.loss.Sum, Counts: k.loss.Count, RingBytes: k.sent, DenseBytes: k.dense, RingInTransit: k.transit.Seconds(),
	}
	fault, err := e.update(k, done)
	if err != nil {
		return nil, err
	}
	k.t.computed(optimiserSpan, began, time.Now())
	if fault != "" {
		if done.NotFinite, err = e.findFault(ctx, s, fault); err != nil {
			return nil, err
		}
	}
	if s.Hash {
		if done.Hash, err = e.replicas.hash(); err != nil {
			return nil, err
		}
	}
	lasted := k.lasted + time.Since(began)
	done.Seconds, done.Timeline = lasted.Seconds(), k.t.summary()
	if e.stage.Trace {
		done.Spans = k.t.spans(fmt.Sprintf("step %d", s.Step), k.t.began.Add(lasted))
	}
	if fault != "" && !e.stage.SkipNotFinite {
		e.spent = max(e.spent, s.Generation) // the run's end is to come
		return done, nil
	}
	e.advance(done)
	return done, nil
}

// gradient leaves the sum of all ranks' gradients in the model: its own, and beside
// that, bucket by bucket, the ring, then the losses. Whichever fails first stops the other.
func (e *executor) gradient(ctx context.Context, s *protocol.Step, t *timeline) (model.Loss, error) {
	world := e.ring.world()
	observer := model.Observer{Passed: func(p model.Pass, began, ended time.Time) {
		t.computed(string(p), began, ended)
	}}
	if world == 1 {
		return e.replicas.backward(ctx, e.between, s.Examples, e.lossTarget(s.Lambda), float64(s.Count), s.Seed, observer)
	}
	if err := checkTokens(s, e.model.Config().Sizes().Vocabulary); err != nil {
		return model.Loss{}, err
	}
	both, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	sum := func(ctx context.Context, bucket int, gradient []float32) error {
		return ringFault(e.exchange.sum(ctx, e.ring.Ring, world, bucket, gradient, s.Tokens))
	}
	ring := startReducer(both, len(e.exchange.buckets), sum, fail)
	observer.Ready = ring.announce
	loss, err := e.replicas.backward(both, e.between, s.Examples, e.lossTarget(s.Lambda), float64(s.Count), s.Seed, observer)
	if err != nil {
		fail(err)
	}
	t.gradient = time.Now()
	ring.wait()
	t.ring = ring.spans
	if cause := context.Cause(both); cause != nil {
		return loss, cause
	}
	began := time.Now()
	err = ringFault(sumLosses(both, e.ring.Ring, loss))
	t.ring = append(t.ring, span{protocol.RingRow, lossesSpan, began, time.Now()})
	return loss, err
}

// lossTarget is what the stage's losses are measured against at λ.
func (e *executor) lossTarget(lambda float64) model.LossTarget {
	switch e.stage.Targets {
	case plan.Teachers:
		return model.LossTarget{UseTeacher: true}
	case plan.Annealed:
		return model.LossTarget{Lambda: lambda, UseGold: true, UseTeacher: true}
	default:
		return model.LossTarget{Lambda: 1, UseGold: true}
	}
}
