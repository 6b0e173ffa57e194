package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/config"
	"ringmaster/run/protocol"
	"ringmaster/shown"
	"ringmaster/sleep"
)

// answerTimeout is how long the coordinator may take for one answer before the question is
// repeated, which does no harm. It is also how long it takes to notice a coordinator that
// was started anew while the server stayed.
const answerTimeout = protocol.PollHold + 700*time.Millisecond

// retryPause spaces questions that NATS itself turns down at once: nobody listens.
const retryPause = protocol.RetryPause

// link is the worker's side of the protocol.
type link struct {
	nc       *nats.Conn
	run      string
	worker   string
	patience time.Duration // how long the coordinator may be unheard
	session  string        // as the last Welcome named it

	sent atomic.Uint64 // reports that went in parts

	log    *slog.Logger // nil says nothing
	server string       // as it may be shown
	silent atomic.Bool  // somebody was told that nobody answers

	mu     sync.Mutex
	mended context.Context // ends when the connection has been lost and is there again
	mend   context.CancelFunc
}

// dialLink connects to the server of the run. One that is not there yet is waited for, as
// one that goes away later is: workers are often started before what they join. The
// connection mends itself for ever; how long nobody may answer over it is the patience's
// business.
func dialLink(ctx context.Context, o Options) (*link, error) {
	ctx, stop := untilLeft(ctx, o.Leave)
	defer stop()
	l := &link{run: o.Run, worker: o.Name, patience: o.Patience, log: o.Log, server: config.RedactURLs(o.NATS)}
	l.mended, l.mend = context.WithCancel(context.Background())
	waiting := func(why error) {
		o.Log.Info("waiting for the NATS server", "patience", o.Patience, "why", shown.Message(why.Error()))
	}
	nc, err := protocol.Await(ctx, o.Patience, waiting, func() (*nats.Conn, error) { return l.dial(o) })
	if err != nil {
		l.mend()
		return nil, err
	}
	if err := protocol.CheckPayload(nc.MaxPayload(), config.RedactURLs(o.NATS)); err != nil {
		nc.Close()
		l.mend()
		return nil, err
	}
	l.nc = nc
	return l, nil
}

func (l *link) dial(o Options) (*nats.Conn, error) {
	nc, err := protocol.Dial(o.NATS, o.Token, nats.Name("ringmaster worker "+o.Name),
		nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1), // a question that cannot be sent is asked again, not kept
		nats.ReconnectHandler(func(*nats.Conn) { l.reconnected() }))
	if err == nil || errors.Is(err, protocol.ErrNotAdmitted) {
		return nc, err
	}
	return nil, fmt.Errorf("%w: %w", ErrNoCoordinator, err)
}

// reconnected has all questions asked again at once: what was under way is lost.
func (l *link) reconnected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mend()
	l.mended, l.mend = context.WithCancel(context.Background())
}

func (l *link) close() {
	l.nc.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mend()
}

// ask repeats a question until it is answered, ctx ends or patience does. An answer without
// content leaves answer as it is.
func (l *link) ask(ctx context.Context, subject string, question, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("encode %T: %w", question, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.patience, l.nobody())
	defer cancel()
	told := false
	for began := time.Now(); ; {
		reply, err := l.askOnce(ctx, subject, text)
		if err != nil && ctx.Err() == nil && !told && time.Since(began) > tellAfter {
			told = true
			if err := l.unanswered(ctx, subject, text); err != nil {
				return err
			}
		}
		switch {
		case err == nil && len(reply.Data) == 0:
			l.answered()
			return nil
		case err == nil:
			l.answered()
			if err := json.Unmarshal(reply.Data, answer); err != nil {
				return fmt.Errorf("%w: its answer is not understood: %s", ErrNoCoordinator, shown.Problem(err))
			}
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, nats.ErrConnectionClosed):
			return fmt.Errorf("%w: the connection is closed", ErrNoCoordinator)
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		default:
			if err := sleep.For(ctx, retryPause); err != nil {
				return err
			}
		}
	}
}

// nobody is the error of a worker that has waited long enough.
func (l *link) nobody() error {
	run := ""
	if l.run != "" {
		run = " of run " + l.run
	}
	return fmt.Errorf("%w: none%s at %s for %s", ErrNoCoordinator, run, l.server, l.patience)
}

// askOnce waits for an answer for a while, and not beyond a loss of the connection.
func (l *link) askOnce(ctx context.Context, subject string, text []byte) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	l.mu.Lock()
	mended := l.mended
	l.mu.Unlock()
	defer context.AfterFunc(mended, cancel)()
	return l.nc.RequestWithContext(ctx, subject, text)
}

// join asks to take part, and learns the run's name and the session's.
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
	l.run, l.session = welcome.Run, welcome.Session
	return welcome, nil
}

// poll passes the session's orders on, in order and each once, until ctx ends. It fails with errStranger when the coordinator does not know the session.
func (l *link) poll(ctx context.Context, put func(protocol.Order)) error {
	var last uint64
	parts := protocol.Assembly{Bound: protocol.MaxOrder}
	for {
		var answer protocol.Orders
		question := protocol.Poll{Session: l.session, Ack: last, Has: parts.Has(last + 1)}
		if err := l.ask(ctx, protocol.PollSubject(l.run, l.worker), question, &answer); err != nil {
			return err
		}
		if answer.UnknownSession {
			return errStranger
		}
		if answer.Part != nil && answer.Part.Message == last+1 {
			whole, err := parts.Add(answer.Part)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrOrder, err)
			}
			if whole == nil {
				continue
			}
			var o protocol.Order
			if err := json.Unmarshal(whole, &o); err != nil {
				return fmt.Errorf("%w: %w", ErrOrder, err)
			}
			answer.Orders = []protocol.Order{o}
		}
		for _, o := range answer.Orders {
			if o.Seq <= last {
				continue
			}
			if o.Seq != last+1 {
				return fmt.Errorf("%w: number %d after %d", ErrOrder, o.Seq, last)
			}
			last = o.Seq
			put(o)
			if o.End != nil {
				return errors.Join(l.acknowledge(last), l.stay(ctx, last))
			}
		}
	}
}

// acknowledge says that the last order has come. The coordinator waits for it, though
// not for long, and then leaves: there may be nobody to answer, so nobody is asked.
func (l *link) acknowledge(last uint64) error {
	text, err := json.Marshal(protocol.Poll{Session: l.session, Ack: last})
	if err != nil {
		return err
	}
	if err := l.nc.Publish(protocol.PollSubject(l.run, l.worker), text); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCoordinator, err)
	}
	return l.nc.FlushTimeout(answerTimeout)
}

// stay goes on polling, as a sign of life, while the orders before the last one are done.
// Who does not answer any more is not waited for.
func (l *link) stay(ctx context.Context, last uint64) error {
	for {
		var answer protocol.Orders
		err := l.ask(ctx, protocol.PollSubject(l.run, l.worker), protocol.Poll{Session: l.session, Ack: last}, &answer)
		if err != nil || answer.UnknownSession {
			return nil
		}
	}
}

// report tells the coordinator what was done in the session, in parts where it is more than
// the server lets through.
func (l *link) report(ctx context.Context, r protocol.Report) error {
	r.Session = l.session
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %T: %w", r, err)
	}
	if len(text) > protocol.MaxReport {
		return fmt.Errorf("%w: a report of %d MB, where %d are the most", protocol.ErrPayload, len(text)>>20, protocol.MaxReport>>20)
	}
	subject := protocol.ReportSubject(l.run, l.worker)
	if len(text) <= protocol.Room(l.nc.MaxPayload()) {
		_, err := l.tell(ctx, subject, json.RawMessage(text))
		return err
	}
	number := l.sent.Add(1)
	for has := 0; ; {
		answer, err := l.tell(ctx, subject, protocol.Report{Session: l.session, Part: protocol.Cut(number, text, has, l.nc.MaxPayload())})
		if err != nil || answer.Whole {
			return err
		}
		if answer.Has <= has { // it begins anew, and may do so again
			if err := sleep.For(ctx, retryPause); err != nil {
				return err
			}
		}
		has = answer.Has
	}
}

// tell passes a report on, or a part of one.
func (l *link) tell(ctx context.Context, subject string, report any) (answer protocol.Reply, err error) {
	err = l.ask(ctx, subject, report, &answer)
	if err == nil && answer.UnknownSession {
		err = errStranger
	}
	return answer, err
}
