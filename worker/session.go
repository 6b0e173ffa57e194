package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"ringmaster/run/protocol"
	"ringmaster/run/status"
)

// work runs one session after another until the run ends. A coordinator that was restarted,
// or has evicted this worker, does not know its session; the worker then joins again with
// the state it holds.
func (e *executor) work(ctx context.Context, hello protocol.Hello) error {
	for {
		e.session, e.member.spent = newSession(e.link, e.options), 0
		err := errors.Join(e.session.run(ctx, e.run), e.endSession())
		if errors.Is(err, errUnknownSession) && ctx.Err() == nil {
			e.log.Info("the coordinator does not know this worker; joining again")
			hello.Held = e.stage.held()
			_, err = e.link.joinRun(ctx, &hello, e.endpoint, e.options)
			switch {
			case err == nil:
				continue
			case errors.Is(err, ErrRefused) && isClosed(e.options.Leave):
				e.log.Info("asked to leave, and the run does not need what this worker holds", "why", err)
				err = ErrLeft
			}
		}
		err = errors.Join(err, e.close())
		if errors.Is(err, errOver) {
			return nil
		}
		return err
	}
}

// endSession drops everything that belongs to the session. The model stays.
func (e *executor) endSession() error {
	e.stage.cancelFetch()
	e.shards.wait()
	e.states.withdraw()
	return e.leaveRing()
}

// session is one membership in the run, from joining until the coordinator no longer knows
// it: the orders that arrived and the reports that are still to be delivered.
type session struct {
	link    *link
	orders  *orderQueue
	reports *reportQueue
	leave   <-chan struct{} // see Options.Leave
	log     *slog.Logger
}

func newSession(l *link, o Options) *session {
	return &session{link: l, orders: newOrderQueue(o.Monitor), reports: newReportQueue(), leave: o.Leave, log: o.Log}
}

// report queues a report for the coordinator. It never waits.
func (s *session) report(r protocol.Report) { s.reports.add(r) }

// run runs the session's goroutines: one polls for orders, one delivers reports, and one
// calls execute, which carries the orders out.
func (s *session) run(ctx context.Context, execute func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return s.link.poll(ctx, func(o protocol.Order) {
			if o.Reach == nil {
				s.orders.add(o)
				return
			}
			// Not queued behind a step: another worker waits for the answer to join.
			group.Go(func() error {
				finding := s.link.probe(ctx, *o.Reach)
				s.report(protocol.Report{Finding: &finding})
				return nil
			})
		})
	})
	group.Go(func() error { return s.reports.send(ctx, s.link.report) })
	group.Go(func() error { return s.reportLeaving(ctx) })
	group.Go(func() error {
		err := execute(ctx)
		if errors.Is(err, errOver) || errors.Is(err, ErrLeft) {
			s.flushReports(ctx)
			return err
		}
		return s.reportFailure(ctx, err)
	})
	return group.Wait()
}

// reportLeaving tells the coordinator when the worker is asked to leave.
func (s *session) reportLeaving(ctx context.Context) error {
	select {
	case <-s.leave:
		s.log.Info("asked to leave: handing over first; ask again to stop at once")
		s.link.monitor.phase(status.WorkerLeaving, "it was asked to go")
		s.report(protocol.Report{Leaving: &protocol.Leaving{Reason: "it was asked to go (SIGTERM)"}})
		return s.link.awaitRelease(ctx)
	case <-ctx.Done():
	}
	return nil
}

// leaveSilence is how long a worker that was asked to go waits for a coordinator that does not
// answer: one that is started again soon takes over what the worker holds.
const leaveSilence = 10 * time.Second

// awaitRelease waits while the coordinator may release this worker, which the executor then
// hears of. It fails with ErrLeft when the coordinator is silent for too long.
func (l *link) awaitRelease(ctx context.Context) error {
	looks := time.NewTicker(leaveSilence / 50)
	defer looks.Stop()
	for since := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case now := <-looks.C:
			if heard := time.Unix(0, l.answered.Load()); heard.After(since) {
				since = heard
			}
			if now.Sub(since) > leaveSilence {
				l.logInfo("leaving without being released: the coordinator does not answer", "silence", leaveSilence)
				return ErrLeft
			}
		}
	}
}

// flushReports waits until all reports are delivered, but not for a coordinator that is
// gone.
func (s *session) flushReports(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	s.reports.flush(ctx)
}

// reportFailure tells the coordinator why this worker stops, and returns that reason.
func (s *session) reportFailure(ctx context.Context, reason error) error {
	if errors.Is(reason, ErrRunFailed) || errors.Is(reason, ErrEvicted) || ctx.Err() != nil {
		return reason
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err := s.link.report(ctx, protocol.Report{Failed: &protocol.Failed{Reason: reason.Error()}})
	if errors.Is(err, errUnknownSession) { // the coordinator has no use for the reason
		return reason
	}
	return errors.Join(reason, err)
}
