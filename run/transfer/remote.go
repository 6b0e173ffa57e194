package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/sleep"
)

const (
	// answerTimeout is how long one piece may take before it is asked for again.
	answerTimeout = 5 * time.Second
	// absentPause is between two questions for what is not there yet.
	absentPause = 50 * time.Millisecond
)

// remote is what an owner offers under a name.
type remote struct {
	nc            *nats.Conn
	subject, name string
	// patience is how long what is not there yet, or an owner that is gone, is waited for
	// (ErrSilent); 0: neither is, and an owner that is slow is waited for until ctx ends.
	patience time.Duration
}

func (r remote) offers() string { return r.name }

// contents asks what there is.
func (r remote) contents(ctx context.Context) (there contents, err error) {
	text, err := r.ask(ctx, question{Name: r.name, Part: contentsPart})
	if err != nil {
		return contents{}, err
	}
	if err := json.Unmarshal(text, &there); err != nil {
		return contents{}, fmt.Errorf("%w: contents of %s: %w", ErrDamaged, r.name, err)
	}
	return there, nil
}

// ask asks until there is an answer, ctx ends or patience does.
func (r remote) ask(ctx context.Context, q question) ([]byte, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	waits := r.patience > 0
	if waits {
		silent := fmt.Errorf("%w for %s: %s at %s", ErrSilent, r.patience, r.name, r.subject)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.patience, silent)
		defer cancel()
	}
	for {
		once, done := context.WithTimeout(ctx, answerTimeout)
		reply, err := r.nc.RequestWithContext(once, r.subject, text)
		done()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err == nil && reply.Header.Get(errorHeader) == "":
			return reply.Data, nil
		case err == nil && (!waits || reply.Header.Get(absentHeader) == ""):
			return nil, fmt.Errorf("%w: %s", ErrRefused, reply.Header.Get(errorHeader))
		case err == nil:
		case errors.Is(err, nats.ErrConnectionClosed), !waits && !errors.Is(err, context.DeadlineExceeded):
			return nil, err
		}
		if err := sleep.For(ctx, absentPause); err != nil {
			return nil, err
		}
	}
}
