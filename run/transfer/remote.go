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
	// patience is how long what is not there yet is waited for (ErrSilent); 0: it is refused,
	// and an owner that is slow is waited for until ctx ends.
	patience time.Duration
}

// remotePart is a part of it as an io.ReaderAt, whose ReadAt has no ctx of its own.
type remotePart struct {
	remote
	ctx  context.Context
	part int
}

// ReadAt implements io.ReaderAt. It takes as many answers as the owner's server lets through.
// A part that ends before is ErrDamaged.
func (r remotePart) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		at := offset + int64(n)
		piece, err := r.ask(r.ctx, question{r.name, r.part, at, min(len(p)-n, pieceBytes)})
		if err != nil {
			return n, err
		}
		if len(piece) == 0 {
			return n, fmt.Errorf("%w: part %d of %s ends at byte %d, %d bytes too early", ErrDamaged, r.part, r.name, at, len(p)-n)
		}
		n += copy(p[n:], piece)
	}
	return n, nil
}

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
