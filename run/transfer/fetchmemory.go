package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ringmaster/sleep"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
)

const (
	// inFlight is how many pieces are asked for at a time: enough that the owner always has
	// a question waiting.
	inFlight = 8
	// absentPause is between two questions for what is not there yet.
	absentPause = 50 * time.Millisecond
)

// FetchMemory fills parts, whose sizes must be the ones that are offered, with what an
// owner offers under a name, and returns its note. It asks until the owner has it; patience
// is how long no answer may come that helps (ErrSilent). Other errors: ErrRefused,
// ErrDamaged, or context.Cause(ctx).
func FetchMemory(ctx context.Context, nc *nats.Conn, subject, name string, patience time.Duration, parts [][]byte) (note []byte, err error) {
	f := &memoryFetch{nc: nc, subject: subject, patience: patience}
	text, err := f.ask(ctx, memoryAsk{Name: name, Part: -1})
	if err != nil {
		return nil, err
	}
	var there contents
	if err := json.Unmarshal(text, &there); err != nil {
		return nil, fmt.Errorf("%w: contents of %s: %w", ErrDamaged, name, err)
	}
	if len(there.Sizes) != len(parts) {
		return nil, fmt.Errorf("%w: %s has %d parts, want %d", ErrDamaged, name, len(there.Sizes), len(parts))
	}
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	for i, part := range parts {
		if there.Sizes[i] != len(part) {
			err = fmt.Errorf("%w: part %d of %s has %d bytes, want %d", ErrDamaged, i, name, there.Sizes[i], len(part))
			break
		}
		for offset := 0; offset < len(part) && each.Err() == nil; offset += pieceBytes {
			group.Go(func() error {
				return f.fill(each, memoryAsk{name, i, offset}, part[offset:min(offset+pieceBytes, len(part))])
			})
		}
	}
	if err := errors.Join(err, group.Wait()); err != nil {
		return nil, err
	}
	if sum := sumOf(parts); sum != there.Sum {
		return nil, fmt.Errorf("%w: %s has xxHash %s, want %s", ErrDamaged, name, sum, there.Sum)
	}
	return there.Note, nil
}

type memoryFetch struct {
	nc       *nats.Conn
	subject  string
	patience time.Duration
}

// fill asks for what goes into a piece of a part, in as many answers as it takes: the
// owner's server may let less through at a time.
func (f *memoryFetch) fill(ctx context.Context, q memoryAsk, into []byte) error {
	for len(into) > 0 {
		piece, err := f.ask(ctx, q)
		if err != nil {
			return err
		}
		if len(piece) == 0 {
			return fmt.Errorf("%w: %s ends at byte %d of part %d, %d bytes too early", ErrDamaged, q.Name, q.Offset, q.Part, len(into))
		}
		n := copy(into, piece)
		into, q.Offset = into[n:], q.Offset+n
	}
	return nil
}

// ask asks until there is an answer, ctx ends or patience does.
func (f *memoryFetch) ask(ctx context.Context, q memoryAsk) ([]byte, error) {
	question, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, f.patience, fmt.Errorf("%w for %s: %s at %s", ErrSilent, f.patience, q.Name, f.subject))
	defer cancel()
	for {
		once, done := context.WithTimeout(ctx, answerTimeout)
		reply, err := f.nc.RequestWithContext(once, f.subject, question)
		done()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err == nil && reply.Header.Get(absentHeader) == "" && reply.Header.Get(errorHeader) != "":
			return nil, fmt.Errorf("%w: %s", ErrRefused, reply.Header.Get(errorHeader))
		case err == nil && reply.Header.Get(absentHeader) == "":
			return reply.Data, nil
		case errors.Is(err, nats.ErrConnectionClosed):
			return nil, err
		}
		if err := sleep.For(ctx, absentPause); err != nil {
			return nil, err
		}
	}
}
