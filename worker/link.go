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
	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
	"ringmaster/shown"
	"ringmaster/sleep"
)

// answerTimeout is how long one answer may take before the question is repeated, which does
// no harm. It is also how long it takes to notice a coordinator that was restarted while the
// NATS server stayed.
const answerTimeout = protocol.PollHold + 700*time.Millisecond

// retryPause spaces questions that NATS refuses at once because nobody listens.
const retryPause = protocol.RetryPause

// link is the worker's connection to the coordinator: questions over NATS that are repeated
// until they are answered.
type link struct {
	nc       *nats.Conn
	access   protocol.Access
	identity *credentials.Identity
	count    credentials.Counter // of requests
	run      string
	worker   string
	patience time.Duration // how long the coordinator may stay silent
	session  string        // as the last Welcome named it

	broker *broker // that rings go over, where the run names one

	monitor  *Monitor     // nil shows nothing
	answered atomic.Int64 // when the coordinator answered last, in Unix nanoseconds

	sent atomic.Uint64 // reports that were sent in parts

	refused *refusals.Counter
	log     *slog.Logger // nil logs nothing
	server  string       // its URL without passwords
	silent  atomic.Bool  // it was logged that nobody answers

	mu sync.Mutex
	// reconnected ends when the connection was lost and is there again; reconnect ends it.
	reconnected context.Context
	reconnect   context.CancelFunc
}

// dialLink connects to the run's NATS server. It waits for one that is not there yet, since
// workers are often started first. The connection reconnects for ever; Options.Patience bounds
// how long nobody may answer over it.
func dialLink(ctx context.Context, o Options) (*link, error) {
	ctx, stop := untilLeft(ctx, o.Leave)
	defer stop()
	access, err := protocol.AccessOf(o.NATS, o.Token)
	if err != nil {
		return nil, err
	}
	identity, err := credentials.NewIdentity()
	if err != nil {
		return nil, err
	}
	l := &link{access: access, identity: identity, run: o.Run, worker: o.Name, patience: o.Patience, log: o.Log, refused: o.Refused, monitor: o.Monitor, server: config.RedactURLs(access.URLs)}
	l.reconnected, l.reconnect = context.WithCancel(context.Background())
	waiting := func(why error) {
		o.Log.Info("waiting for the NATS server", "patience", o.Patience, "why", shown.Message(why.Error()))
	}
	nc, err := protocol.Await(ctx, o.Patience, waiting, func() (*nats.Conn, error) { return l.dial(o) })
	if err != nil {
		l.reconnect()
		return nil, err
	}
	if err := protocol.CheckPayload(nc.MaxPayload(), l.server); err != nil {
		nc.Close()
		l.reconnect()
		return nil, err
	}
	l.nc = nc
	return l, nil
}

func (l *link) dial(o Options) (*nats.Conn, error) {
	nc, err := l.access.Dial(append(l.identity.Options(l.access.Token), nats.Name("ringmaster worker "+o.Name),
		nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1), // a question that cannot be sent is repeated, not buffered
		nats.ReconnectHandler(func(*nats.Conn) { l.askAgain() }))...)
	if err == nil || errors.Is(err, protocol.ErrNotAdmitted) {
		return nc, err
	}
	return nil, fmt.Errorf("%w: %w", ErrNoCoordinator, err)
}

// askAgain repeats all open questions at once after a reconnect: their answers are lost.
func (l *link) askAgain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reconnect()
	l.reconnected, l.reconnect = context.WithCancel(context.Background())
}

func (l *link) close() {
	l.broker.close()
	l.nc.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reconnect()
}

// ask repeats a question until it is answered, ctx ends, or patience runs out. An empty answer
// leaves answer as it is.
func (l *link) ask(ctx context.Context, subject string, question, answer any) error {
	return l.askUntil(ctx, nil, subject, question, answer)
}

// askUntil is ask that does not repeat the question once enough is closed, and ends with
// ErrLeft then. A question that is under way is waited for: whoever has taken it may count on
// the worker from then on. One that the server takes no message of that size for is an
// ErrPayload at once: the server may have been restarted with a smaller max_payload, and to
// repeat the question would be in vain.
func (l *link) askUntil(ctx context.Context, enough <-chan struct{}, subject string, question, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("encode %T: %w", question, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.patience, l.noCoordinator())
	defer cancel()
	logged, unsigned := false, 0
	for began := time.Now(); ; {
		reply, err := l.askOnce(ctx, subject, text)
		if errors.Is(err, nats.ErrMaxPayload) {
			return l.tooLarge(len(text))
		}
		if err != nil && ctx.Err() == nil && !logged && time.Since(began) > logAfter {
			logged = true
			if err := l.logUnanswered(ctx, subject, text); err != nil {
				return err
			}
		}
		switch {
		case err == nil && len(reply.Data) == 0:
			l.logAnswered()
			return nil
		case err == nil:
			l.logAnswered()
			if err := json.Unmarshal(reply.Data, answer); err != nil {
				return fmt.Errorf("%w: its answer cannot be decoded: %s", ErrNoCoordinator, shown.Problem(err))
			}
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, credentials.ErrSignature):
			if unsigned++; l.session == "" && unsigned >= mostUnsigned {
				return fmt.Errorf("%w: who answers at %s is not the coordinator of this token's run; is it the token of another run?", protocol.ErrNotAdmitted, l.server)
			}
			if err := sleep.For(ctx, retryPause); err != nil {
				return err
			}
		case errors.Is(err, nats.ErrConnectionClosed):
			return fmt.Errorf("%w: the connection to the NATS server is closed", ErrNoCoordinator)
		case isClosed(enough):
			return ErrLeft
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		default:
			if err := sleep.For(ctx, retryPause); err != nil {
				return err
			}
		}
	}
}

// tooLarge is the error of a message that the server does not take.
func (l *link) tooLarge(bytes int) error {
	limit := l.nc.MaxPayload()
	if err := protocol.CheckPayload(limit, l.server); err != nil {
		return err
	}
	return fmt.Errorf("%w: a message of %d bytes, and %s takes at most %d (max_payload); set it to 1 MiB, which is usual",
		protocol.ErrPayload, bytes, l.server, limit)
}

// mostUnsigned is how many answers in a row may not be the coordinator's before a worker that wants to join
// gives up.
const mostUnsigned = 10

// noCoordinator is the error of a worker whose patience has run out.
func (l *link) noCoordinator() error {
	run := ""
	if l.run != "" {
		run = " for run " + l.run
	}
	return fmt.Errorf("%w: nobody%s answered at %s for %s", ErrNoCoordinator, run, l.server, l.patience)
}

// askOnce asks once. It waits until answerTimeout, or until the connection was lost and is
// there again.
func (l *link) askOnce(ctx context.Context, subject string, text []byte) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	l.monitor.asks()
	l.mu.Lock()
	reconnected := l.reconnected
	l.mu.Unlock()
	defer context.AfterFunc(reconnected, cancel)()
	m := &nats.Msg{Subject: subject, Data: text}
	number, err := l.identity.Request(m, &l.count)
	if err != nil {
		return nil, err
	}
	reply, err := l.nc.RequestMsgWithContext(ctx, m)
	if err != nil {
		return nil, err
	}
	if err := l.access.Token.CheckAnswer(reply, l.identity.ID(), number); err != nil {
		l.refused.Add(refusals.Forged, "an answer that is not signed by the coordinator of this token's run")
		return nil, err
	}
	return reply, nil
}
