package worker

import (
	"context"
	"sync"

	"ringmaster/run/protocol"
)

// reportQueue holds the reports that the coordinator has not acknowledged. Adding one never
// waits: the coordinator may be away for minutes.
type reportQueue struct {
	filled chan struct{} // holds a token when reports may be waiting

	mu      sync.Mutex
	waiting []protocol.Report
	sending bool
	empty   chan struct{} // closed when nothing waits or is being sent; nil while nobody asks
}

func newReportQueue() *reportQueue { return &reportQueue{filled: make(chan struct{}, 1)} }

// flush waits until all reports are acknowledged, or ctx ends.
func (q *reportQueue) flush(ctx context.Context) {
	q.mu.Lock()
	if len(q.waiting) == 0 && !q.sending {
		q.mu.Unlock()
		return
	}
	if q.empty == nil {
		q.empty = make(chan struct{})
	}
	empty := q.empty
	q.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	}
}

// add appends a report.
func (q *reportQueue) add(r protocol.Report) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// next takes the next report out. Those before it count as acknowledged.
func (q *reportQueue) next() (r protocol.Report, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sending = len(q.waiting) > 0
	if !q.sending {
		if q.empty != nil {
			close(q.empty)
			q.empty = nil
		}
		return r, false
	}
	r, q.waiting = q.waiting[0], q.waiting[1:]
	return r, true
}

// send delivers reports in their order until ctx ends or report fails.
func (q *reportQueue) send(ctx context.Context, report func(context.Context, protocol.Report) error) error {
	for {
		for r, ok := q.next(); ok; r, ok = q.next() {
			if err := report(ctx, r); err != nil {
				return err
			}
		}
		select {
		case <-q.filled:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
