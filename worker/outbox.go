package worker

import (
	"context"
	"sync"

	"ringmaster/run/protocol"
)

// outbox are the reports that are not answered yet. Whoever reports never waits: the
// coordinator may be away for minutes.
type outbox struct {
	filled chan struct{} // holds a token when reports may be waiting

	mu      sync.Mutex
	waiting []protocol.Report
	sending bool
	empty   chan struct{} // closed when nothing waits or is being sent; nil while nobody asks
}

func newOutbox() *outbox { return &outbox{filled: make(chan struct{}, 1)} }

// flush waits until all reports are answered, or ctx ends.
func (b *outbox) flush(ctx context.Context) {
	b.mu.Lock()
	if len(b.waiting) == 0 && !b.sending {
		b.mu.Unlock()
		return
	}
	if b.empty == nil {
		b.empty = make(chan struct{})
	}
	empty := b.empty
	b.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	}
}

func (b *outbox) put(r protocol.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, r)
	select {
	case b.filled <- struct{}{}:
	default:
	}
}

// take gives the next report; those before it count as answered.
func (b *outbox) take() (r protocol.Report, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sending = len(b.waiting) > 0
	if !b.sending {
		if b.empty != nil {
			close(b.empty)
			b.empty = nil
		}
		return r, false
	}
	r, b.waiting = b.waiting[0], b.waiting[1:]
	return r, true
}

// send passes reports on in their order until ctx ends or one cannot be passed on.
func (b *outbox) send(ctx context.Context, report func(context.Context, protocol.Report) error) error {
	for {
		for r, ok := b.take(); ok; r, ok = b.take() {
			if err := report(ctx, r); err != nil {
				return err
			}
		}
		select {
		case <-b.filled:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
