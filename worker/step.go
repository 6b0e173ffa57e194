package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/coordinator/plan"
	"ringmaster/coordinator/protocol"
	"ringmaster/model"
)

// step does one global step's part and reports it.
func (e *executor) step(ctx context.Context, s *protocol.Step) error {
	if e.model == nil || e.ring == nil || s.Stage != e.stage.Stage {
		return fmt.Errorf("%w: a step of stage %d in stage %d", ErrOrder, s.Stage, e.stage.Stage)
	}
	done, err := e.takeStep(ctx, s)
	if err != nil {
		return fmt.Errorf("%s step %d: %w", e.stage.Name, s.Step, err)
	}
	return e.tell(ctx, protocol.Report{StepDone: done})
}

// takeStep forms the gradient of all ranks and updates the parameters.
func (e *executor) takeStep(ctx context.Context, s *protocol.Step) (*protocol.StepDone, error) {
	t := &timeline{began: time.Now()}
	sentBefore := e.ring.sent()
	loss, err := e.gradient(ctx, s, t)
	if err != nil {
		return nil, errors.Join(err, e.replicas.zeroGradient())
	}
	began := time.Now()
	norm, err := e.replicas.update(e.between, s.LR, model.AdamW{WeightDecay: e.stage.WeightDecay, ClipNorm: e.stage.ClipNorm})
	if err != nil {
		return nil, err
	}
	t.computed(optimiserSpan, began, time.Now())
	done := &protocol.StepDone{
		Generation: s.Generation, Stage: s.Stage, Step: s.Step,
		LossSum: loss.Sum, Counts: loss.Count, GradNorm: norm,
		Timeline: t.summary(), RingBytes: e.ring.sent() - sentBefore,
	}
	done.DenseBytes = done.RingBytes
	if e.ring.world() > 1 {
		done.DenseBytes += e.exchange.saved(e.ring.place.Rank, e.ring.world(), s.Tokens)
	}
	if s.Hash {
		if done.Hash, err = e.replicas.hash(); err != nil {
			return nil, err
		}
	}
	ended := time.Now()
	done.Seconds = ended.Sub(t.began).Seconds()
	if e.stage.Trace {
		done.Spans = t.spans(fmt.Sprintf("step %d", s.Step), ended)
	}
	return done, nil
}

// gradient leaves the sum of all ranks' gradients in the model: its own, and beside
// that, bucket by bucket, the ring. Whichever fails first stops the other.
func (e *executor) gradient(ctx context.Context, s *protocol.Step, t *timeline) (model.Loss, error) {
	world := e.ring.world()
	observer := model.Observer{Passed: func(p model.Pass, began, ended time.Time) {
		t.computed(string(p), began, ended)
	}}
	if world == 1 {
		return e.replicas.backward(ctx, e.between, examplesOf(s.Examples), e.mix(s.Lambda), float64(s.Count), s.Seed, observer)
	}
	if err := checkTokens(s, e.model.Config().VocabSize); err != nil {
		return model.Loss{}, err
	}
	both, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	sum := func(ctx context.Context, bucket int, gradient []float32) error {
		return e.exchange.sum(ctx, e.ring.Ring, world, bucket, gradient, s.Tokens)
	}
	ring := startReducer(both, len(e.exchange.buckets), sum, fail)
	observer.Ready = ring.announce
	loss, err := e.replicas.backward(both, e.between, examplesOf(s.Examples), e.mix(s.Lambda), float64(s.Count), s.Seed, observer)
	if err != nil {
		fail(err)
	}
	t.gradient = time.Now()
	ring.wait()
	t.ring = ring.spans
	if cause := context.Cause(both); cause != nil {
		return loss, cause
	}
	return loss, nil
}

// mix is what the stage's losses are measured against at λ.
func (e *executor) mix(lambda float64) model.Mix {
	switch e.stage.Targets {
	case plan.Teachers:
		return model.Mix{UseTeacher: true}
	case plan.Annealed:
		return model.Mix{Lambda: lambda, UseGold: true, UseTeacher: true}
	default:
		return model.Mix{Lambda: 1, UseGold: true}
	}
}
