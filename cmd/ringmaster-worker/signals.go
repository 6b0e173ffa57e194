package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// errInterrupted: the worker was aborted by a second signal.
var errInterrupted = errors.New("aborted by a second signal")

// errGrace: the worker was asked to go and was not released in time.
var errGrace = errors.New("asked to go, and not released within the time of --grace")

// onSignals closes leave at the first SIGTERM or SIGINT, for an orderly leave, and cancels
// the context at the second, or when the worker has not left within a time; 0 waits for ever.
func onSignals(ctx context.Context, within time.Duration) (_ context.Context, leave <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals, asked := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-signals:
			close(asked)
		case <-ctx.Done():
			return
		}
		var late <-chan time.Time
		if within > 0 {
			limit := time.NewTimer(within)
			defer limit.Stop()
			late = limit.C
		}
		select {
		case <-signals:
			cancel(errInterrupted)
		case <-late:
			cancel(errGrace)
		case <-ctx.Done():
		}
	}()
	return ctx, asked, func() {
		signal.Stop(signals)
		cancel(nil)
		<-ended
	}
}

// endInTime ends the program when its context has ended by errGrace and it has not ended by itself
// soon after; libtorch cannot be interrupted within an operator.
func endInTime(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), errGrace) {
			time.AfterFunc(leaveTime, func() { os.Exit(1) })
		}
	})
}
