package worker

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"ringmaster/run/protocol"
)

// work does session after session until the run ends: a coordinator that was started anew,
// or has given this worker up, does not know it, and takes it in again with what it holds.
func (e *executor) work(ctx context.Context, hello protocol.Hello) error {
	for {
		err := e.serve(ctx)
		if errors.Is(err, errStranger) && ctx.Err() == nil {
			e.options.Log.Info("the coordinator does not know this worker; joining again")
			hello.Held = e.standing()
			if _, err = e.link.enter(ctx, &hello, e.own, e.options); err == nil {
				continue
			}
		}
		err = errors.Join(err, e.close())
		if errors.Is(err, errOver) || errors.Is(err, errLeft) {
			return nil
		}
		return err
	}
}

// serve runs the worker's goroutines for one session. What was under way when it ends, and
// what was not reported, is dropped; the model stays.
func (e *executor) serve(ctx context.Context) error {
	e.agenda, e.reports, e.spent = newAgenda(), newOutbox(), 0
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return e.link.poll(ctx, func(o protocol.Order) {
			if o.Reach == nil {
				e.agenda.put(o)
				return
			}
			// It must not wait for a step that is under way: somebody waits to join.
			group.Go(func() error {
				finding := find(ctx, *o.Reach)
				e.tell(protocol.Report{Finding: &finding})
				return nil
			})
		})
	})
	group.Go(func() error { return e.reports.send(ctx, e.link.report) })
	group.Go(func() error { return e.sayLeaving(ctx) })
	group.Go(func() error {
		err := e.carryOutAll(ctx)
		if errors.Is(err, errOver) {
			return e.takeLeave(ctx, err)
		}
		return e.lament(ctx, err)
	})
	err := group.Wait()
	return errors.Join(err, e.endSession())
}

// endSession gives up all that belongs to the session.
func (e *executor) endSession() error {
	e.dropLearning()
	e.shards.wait()
	e.donations.withdraw()
	return e.dropRing()
}

// sayLeaving tells the coordinator when the worker is asked to go.
func (e *executor) sayLeaving(ctx context.Context) error {
	select {
	case <-e.options.Leave:
		e.options.Log.Info("asked to go: handing over; ask again to go at once")
		e.tell(protocol.Report{Leaving: &protocol.Leaving{Reason: "it was asked to go (SIGTERM)"}})
	case <-ctx.Done():
	}
	return nil
}

// takeLeave ends the session in good order: somebody may wait for the last report. Where the
// coordinator is gone already, nobody does.
func (e *executor) takeLeave(ctx context.Context, over error) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	e.shards.wait()
	e.reports.flush(ctx)
	return over
}

// lament tells the coordinator why this worker stops, and returns that reason.
func (e *executor) lament(ctx context.Context, reason error) error {
	if errors.Is(reason, ErrRunFailed) || ctx.Err() != nil {
		return reason
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err := e.link.report(ctx, protocol.Report{Failed: &protocol.Failed{Reason: reason.Error()}})
	if errors.Is(err, errStranger) { // nobody waits for this worker, and it is of no use to anybody
		return reason
	}
	return errors.Join(reason, err)
}
