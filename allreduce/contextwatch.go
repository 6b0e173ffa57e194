package allreduce

import (
	"context"
	"sync"
)

// contextWatch interrupts what blocks on a connection when a context ends. All calls of
// one operation have the same context, so most calls of follow do nothing.
type contextWatch struct {
	ended func(context.Context) // called when the context ends

	mu   sync.Mutex // Close may run beside a call
	ctx  context.Context
	stop func() bool
}

// follow watches ctx in place of the one before it.
func (w *contextWatch) follow(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx == w.ctx {
		return
	}
	if w.stop != nil {
		w.stop()
	}
	w.ctx, w.stop = ctx, context.AfterFunc(ctx, func() { w.ended(ctx) })
}

// end stops watching.
func (w *contextWatch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
}
