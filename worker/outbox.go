package worker

import (
	"context"
	"sync"

	"ringmaster/coordinator/protocol"
)

// outbox are the reports that are not answered yet. Whoever reports never waits: the
// coordinator may be away for minutes.
type outbox struct {
	filled chan struct{} // holds a token when reports may be waiting

	mu      sync.Mutex
	waiting []protocol.Report
}

func newOutbox() *outbox { return &outbox{filled: make(chan struct{}, 1)} }

func (b *outbox) put(r protocol.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, r)
	select {
	case b.filled <- struct{}{}:
	default:
	}
}

func (b *outbox) take() (r protocol.Report, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
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
