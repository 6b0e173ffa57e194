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

// ending decides how the program reacts to signals.
//
// While a command only reads (corpora of gigabytes, models) nothing can be lost, and the
// first signal ends the program. After begin the first signal cancels the command's context,
// so that it ends in an orderly way, and a second one aborts the program.
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

// begin makes the next signal an orderly stop. It fails if a signal was received before.
// From here on a closed standard output does not end the program.
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

// goOnWith sets the command that resumes the run.
func (e *ending) goOnWith(command string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resume = command
}

// ask handles a signal; true means that the command ends by itself.
func (e *ending) ask() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := !e.asked
	e.asked = true
	return first && e.begun
}

// abrupt prints how to resume after the command was aborted.
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

// untilAsked runs a command until it ends or signals end it. SIGHUP, of a closed terminal, is
// handled like SIGTERM, unless nohup ignores it.
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

// errAbrupt: the program was aborted by a signal, and the message was printed.
var errAbrupt = errors.New("aborted on request")
