package worker

import (
	"context"
	"fmt"
	"math"
	"sync"

	"ringmaster/run/protocol"
)

// agenda are the orders that wait for the executor, and the means to stop the one that is
// under way. The goroutine that polls puts orders in; it sees at once when one of them
// makes older ones void, while the executor may hang in a step that can never end.
type agenda struct {
	filled chan struct{} // holds a token when orders may be waiting

	mu       sync.Mutex
	waiting  []protocol.Order
	underWay uint64                  // generation of the order that is carried out
	cancel   context.CancelCauseFunc // stops it; nil between orders
}

func newAgenda() *agenda { return &agenda{filled: make(chan struct{}, 1)} }

// put adds an order. One that supersedes older generations takes their orders out, and
// stops what is under way of them.
func (a *agenda) put(o protocol.Order) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if from, ok := supersedes(o); ok {
		left := a.waiting[:0]
		for _, w := range a.waiting {
			if generationOf(w) >= from {
				left = append(left, w)
			}
		}
		clear(a.waiting[len(left):])
		a.waiting = left
		if a.cancel != nil && a.underWay < from {
			a.cancel(fmt.Errorf("%w: generation %d", errSuperseded, a.underWay))
		}
	}
	a.waiting = append(a.waiting, o)
	select {
	case a.filled <- struct{}{}:
	default:
	}
}

// take gives the next order, with a context that ends when the order is superseded; done
// says that it has been carried out.
func (a *agenda) take(ctx context.Context) (_ context.Context, o protocol.Order, done func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting) == 0 {
		return ctx, o, nil, false
	}
	o, a.waiting = a.waiting[0], a.waiting[1:]
	ctx, a.cancel = context.WithCancelCause(ctx)
	a.underWay = generationOf(o)
	return ctx, o, a.done, true
}

func (a *agenda) done() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cancel(nil)
	a.cancel = nil
}

// supersedes says from which generation on orders still count once this one has come.
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

// generationOf is an order's generation; what has none is of every generation.
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
