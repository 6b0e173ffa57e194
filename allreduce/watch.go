package allreduce

import (
	"context"
	"sync"
)

// watch has the end of a context end what blocks on a connection. The contexts of an
// operation's calls are one and the same, so that nothing is to do for most of them.
type watch struct {
	ended func(context.Context) // what to do then

	mu   sync.Mutex // Close may come beside a call
	ctx  context.Context
	stop func() bool
}

// follow watches ctx, and no more the one before it.
func (w *watch) follow(ctx context.Context) {
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

// end follows nothing any more.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
}
