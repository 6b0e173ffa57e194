package coordinator

import (
	"context"
	"sync"

	"ringmaster/coordinator/core"
)

// loop passes events to the core and the core's decisions to whoever executes them, and
// knows whether the run is over. One goroutine owns it, that of coordinator.drive.
// Slow work runs in the background and comes back to that goroutine as a result.
type loop struct {
	machine *core.Machine
	execute func(context.Context, core.Decision)

	results chan result
	work    sync.WaitGroup // the goroutines of background
	quit    chan struct{}  // closed when nobody takes results any more

	over   bool
	endErr error // why the run ended; nil where it finished
}

// result is what background work leaves: an event, or an error that ends the run.
type result struct {
	event core.Event
	apply func() error // runs in the loop before the event
	err   error
}

func newLoop() *loop {
	return &loop{results: make(chan result, 8), quit: make(chan struct{})}
}

// apply gives the core an event and executes what it decides.
func (l *loop) apply(ctx context.Context, e core.Event) {
	for _, d := range l.machine.Apply(e) {
		l.execute(ctx, d)
		if l.over {
			return
		}
	}
}

// background does slow work outside the loop, which hears of its end.
func (l *loop) background(f func() result) {
	l.work.Add(1)
	go func() {
		defer l.work.Done()
		res := f()
		select {
		case l.results <- res:
		case <-l.quit:
		}
	}()
}

// absorb takes the result of background work.
func (l *loop) absorb(ctx context.Context, res result) {
	if l.over {
		return
	}
	if res.err == nil && res.apply != nil {
		res.err = res.apply()
	}
	if res.err != nil {
		l.fail(res.err)
		return
	}
	if res.event != nil {
		l.apply(ctx, res.event)
	}
}

// fail ends the run.
func (l *loop) fail(err error) {
	l.endErr = err
	l.over = true
}

// close waits for the background work.
func (l *loop) close() {
	close(l.quit)
	l.work.Wait()
}
