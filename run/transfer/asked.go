package transfer

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"
)

// inFlight is how many pieces are asked for at a time: enough that the owner always has a
// question waiting.
const inFlight = 8

// asker puts questions to an owner: over NATS (remote) or over a pipe (Pipe).
type asker interface {
	ask(ctx context.Context, q question) ([]byte, error)
	// offers is the name that the owner offers the parts under.
	offers() string
}

// asked is a part of what an owner offers.
type asked struct {
	asker
	part int
}

// readAt fills p from offset on, with as many answers as the owner's server lets through. A
// part that ends before is ErrDamaged.
func (a asked) readAt(ctx context.Context, p []byte, offset int64) error {
	for n := 0; n < len(p); {
		at := offset + int64(n)
		piece, err := a.ask(ctx, question{a.offers(), a.part, at, min(len(p)-n, pieceBytes)})
		if err != nil {
			return err
		}
		if len(piece) == 0 {
			return fmt.Errorf("%w: part %d of %s ends at byte %d, %d bytes too early", ErrDamaged, a.part, a.offers(), at, len(p)-n)
		}
		n += copy(p[n:], piece)
	}
	return nil
}

// copyTo writes a part's bytes from offset to size in their order. However large the part is,
// inFlight pieces of it are in memory.
func (a asked) copyTo(ctx context.Context, w io.Writer, offset, size int64, progress func(bytes int64)) error {
	if offset >= size {
		return nil
	}
	window := make([]byte, min(inFlight*pieceBytes, size-offset))
	for offset < size {
		n := min(int64(len(window)), size-offset)
		group, each := errgroup.WithContext(ctx)
		for at := int64(0); at < n; at += pieceBytes {
			group.Go(func() error { return a.readAt(each, window[at:min(at+pieceBytes, n)], offset+at) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
		if _, err := w.Write(window[:n]); err != nil {
			return err
		}
		offset += n
		if progress != nil {
			progress(n)
		}
	}
	return nil
}
