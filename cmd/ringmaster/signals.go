package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"ringmaster/coordinator"
)

// ending is what becomes of the program when it is asked to end.
//
// While a command only reads (corpora of gigabytes, models) nothing is lost by its end, and
// the first signal ends the program. From begin on the first signal cancels the command's
// context, which brings it to a good end, and a second one ends it at once.
type ending struct {
	mu     sync.Mutex
	begun  bool
	asked  bool
	resume string // the command that goes on with what was begun; may be empty
}

type endingKey struct{}

// endingOf is the ending of a command's context.
func endingOf(ctx context.Context) *ending {
	if e, ok := ctx.Value(endingKey{}).(*ending); ok {
		return e
	}
	return &ending{}
}

// begin says that from now on an end is to be a good one. It fails where one was asked for
// already. A reader of standard output that goes away does not end the program any more.
func (e *ending) begin() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asked {
		return coordinator.ErrStopped
	}
	if !e.begun {
		e.begun = true
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // nobody looks: writing fails, and that is all
	}
	return nil
}

// goOnWith names the command that goes on with what was begun.
func (e *ending) goOnWith(command string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resume = command
}

// ask takes a signal: true leaves the command to come to its end by itself.
func (e *ending) ask() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := !e.asked
	e.asked = true
	return first && e.begun
}

// abrupt says what is left where the command did not come to its end.
func (e *ending) abrupt(to io.Writer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case !e.begun:
		fmt.Fprintf(to, "ringmaster: %v; no run was started\n", coordinator.ErrStopped)
	case e.resume == "":
		fmt.Fprintf(to, "ringmaster: %v, aborted\n", coordinator.ErrStopped)
	default:
		fmt.Fprintf(to, "ringmaster: %v, aborted; to resume from the last checkpoint:\n  %s\n", coordinator.ErrStopped, e.resume)
	}
}

// untilAsked carries a command out, until it ends or signals say that it must. SIGHUP, of a
// terminal that is closed, is as good as SIGTERM, unless nohup has it ignored.
func untilAsked(command func(context.Context) error, to io.Writer) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	var e ending
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), endingKey{}, &e))
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- command(ctx) }() // where it does not end, the program does
	for {
		select {
		case err := <-done:
			return err
		case <-signals:
			if !e.ask() {
				e.abrupt(to)
				return errAbrupt
			}
			cancel()
		}
	}
}

// errAbrupt: the program was asked to end at once, and everything is said.
var errAbrupt = errors.New("aborted on request")
