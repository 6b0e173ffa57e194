package worker

import (
	"context"
	"fmt"
	"math"
	"sync"

	"ringmaster/run/protocol"
)

// orderQueue holds the orders that wait for the executor, and can stop the one that is under
// way. The goroutine that polls adds orders. It sees at once when one supersedes older
// generations, while the executor may hang in a step that a dead rank will never finish.
type orderQueue struct {
	filled  chan struct{} // holds a token when orders may be waiting
	monitor *Monitor      // hears of orders that are given up; may be nil

	mu       sync.Mutex
	waiting  []protocol.Order
	underWay uint64                  // generation of the order that is being carried out
	cancel   context.CancelCauseFunc // stops it; nil between orders
}

func newOrderQueue(m *Monitor) *orderQueue {
	return &orderQueue{filled: make(chan struct{}, 1), monitor: m}
}

// add appends an order. One that supersedes older generations removes their orders and stops
// the one under way.
func (q *orderQueue) add(o protocol.Order) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if from, ok := supersedes(o); ok {
		left := q.waiting[:0]
		for _, w := range q.waiting {
			if generationOf(w) >= from {
				left = append(left, w)
			}
		}
		clear(q.waiting[len(left):])
		q.waiting = left
		if q.cancel != nil && q.underWay < from {
			q.cancel(fmt.Errorf("%w: generation %d", errSuperseded, q.underWay))
			q.monitor.gaveUp()
		}
	}
	q.waiting = append(q.waiting, o)
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// next takes the next order out, with a context that ends when it is superseded. done is
// called when it has been carried out.
func (q *orderQueue) next(ctx context.Context) (_ context.Context, o protocol.Order, done func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return ctx, o, nil, false
	}
	o, q.waiting = q.waiting[0], q.waiting[1:]
	ctx, q.cancel = context.WithCancelCause(ctx)
	q.underWay = generationOf(o)
	return ctx, o, q.done, true
}

func (q *orderQueue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancel(nil)
	q.cancel = nil
	q.monitor.ended()
}

// supersedes says whether an order voids those of older generations, and from which
// generation on orders stay valid.
func supersedes(o protocol.Order) (from uint64, ok bool) {
	switch {
	case o.Ring != nil:
		return o.Ring.Generation, o.Ring.Abrupt
	case o.Begin != nil:
		return o.Begin.Generation, true
	case o.End != nil:
		return math.MaxUint64, o.End.Error != ""
	default:
		return 0, false
	}
}

// needsRing says whether an order is carried out in its generation's ring alone.
func needsRing(o protocol.Order) bool {
	return o.Step != nil || o.Checkpoint != nil || o.ServeState != nil || o.FetchState != nil
}

// generationOf is an order's generation. An order without one is never superseded.
func generationOf(o protocol.Order) uint64 {
	switch {
	case o.Ring != nil:
		return o.Ring.Generation
	case o.Begin != nil:
		return o.Begin.Generation
	case o.Step != nil:
		return o.Step.Generation
	case o.InferenceBatch != nil:
		return o.InferenceBatch.Generation
	case o.Checkpoint != nil:
		return o.Checkpoint.Generation
	case o.ServeState != nil:
		return o.ServeState.Generation
	case o.FetchState != nil:
		return o.FetchState.Generation
	default:
		return math.MaxUint64
	}
}
