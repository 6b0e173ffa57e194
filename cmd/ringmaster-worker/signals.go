package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted: the worker was aborted by a second signal.
var errInterrupted = errors.New("aborted by a second signal")

// onSignals closes leave at the first SIGTERM or SIGINT, for an orderly leave, and cancels
// the context at the second.
func onSignals(ctx context.Context) (_ context.Context, leave <-chan struct{}, stop func()) {
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
		select {
		case <-signals:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, asked, func() {
		signal.Stop(signals)
		cancel(nil)
		<-ended
	}
}
