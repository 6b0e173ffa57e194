package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
)

// FetchMemory fills parts, whose sizes must be the ones that are offered, with what an
// owner offers under a name, and returns its note. It asks until the owner has it; patience
// is how long no answer may come that helps (ErrSilent). Other errors: ErrRefused,
// ErrDamaged, or context.Cause(ctx).
func FetchMemory(ctx context.Context, nc *nats.Conn, subject, name string, patience time.Duration, parts [][]byte) (note []byte, err error) {
	r := remote{nc: nc, subject: subject, name: name, patience: patience}
	there, err := r.contents(ctx)
	if err != nil {
		return nil, err
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
				return asked{r, i}.readAt(each, part[offset:min(offset+pieceBytes, len(part))], int64(offset))
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
