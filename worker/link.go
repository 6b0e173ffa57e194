package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/coordinator/protocol"
)

// answerTimeout is how long the coordinator may take for one answer before the
// question is repeated.
const answerTimeout = protocol.PollHold + 5*time.Second

// retryPause spaces questions that NATS itself turns down at once (nobody listens).
const retryPause = 200 * time.Millisecond

// link is the worker's side of the protocol.
type link struct {
	nc       *nats.Conn
	run      string
	worker   string
	patience time.Duration // how long the coordinator may be unheard
}

// ask repeats a question until it is answered, ctx ends or patience does.
func (l *link) ask(ctx context.Context, subject string, question, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("encode %T: %w", question, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.patience,
		fmt.Errorf("%w: %s unanswered for %s", ErrNoCoordinator, subject, l.patience))
	defer cancel()
	for {
		once, done := context.WithTimeout(ctx, answerTimeout)
		reply, err := l.nc.RequestWithContext(once, subject, text)
		done()
		switch {
		case err == nil && answer == nil:
			return nil
		case err == nil:
			return json.Unmarshal(reply.Data, answer)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, nats.ErrConnectionClosed):
			return fmt.Errorf("%w: the connection is closed", ErrNoCoordinator)
		case errors.Is(err, context.DeadlineExceeded):
		default:
			if err := pause(ctx, retryPause); err != nil {
				return err
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// join asks to take part and learns the run's name.
func (l *link) join(ctx context.Context, hello protocol.Hello) (welcome protocol.Welcome, err error) {
	subject := protocol.DiscoverSubject
	if l.run != "" {
		subject = protocol.JoinSubject(l.run)
	}
	if err := l.ask(ctx, subject, hello, &welcome); err != nil {
		return welcome, err
	}
	if welcome.Refused != "" {
		return welcome, fmt.Errorf("%w: %s", ErrRefused, welcome.Refused)
	}
	l.run = welcome.Run
	return welcome, nil
}

// poll passes orders on, in order and each once, until ctx ends.
func (l *link) poll(ctx context.Context, orders chan<- protocol.Order) error {
	var last uint64
	for {
		var answer protocol.Orders
		if err := l.ask(ctx, protocol.PollSubject(l.run, l.worker), protocol.Poll{Ack: last}, &answer); err != nil {
			return err
		}
		for _, o := range answer.Orders {
			if o.Seq <= last {
				continue
			}
			if o.Seq != last+1 {
				return fmt.Errorf("%w: number %d after %d", ErrOrder, o.Seq, last)
			}
			last = o.Seq
			select {
			case orders <- o:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if o.End != nil {
				return l.acknowledge(last)
			}
		}
	}
}

// acknowledge says that the last order has come. The coordinator waits for it, though
// not for long, and then leaves: there may be nobody to answer, so nobody is asked.
func (l *link) acknowledge(last uint64) error {
	text, err := json.Marshal(protocol.Poll{Ack: last})
	if err != nil {
		return err
	}
	if err := l.nc.Publish(protocol.PollSubject(l.run, l.worker), text); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCoordinator, err)
	}
	return l.nc.FlushTimeout(answerTimeout)
}

// report tells the coordinator what was done.
func (l *link) report(ctx context.Context, r protocol.Report) error {
	return l.ask(ctx, protocol.ReportSubject(l.run, l.worker), r, nil)
}
