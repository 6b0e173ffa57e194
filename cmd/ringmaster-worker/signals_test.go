package main

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"
)

// The first signal asks the worker to leave, the second ends it.
func TestSecondSignalEndsTheWorker(t *testing.T) {
	const patience = time.Minute // far beyond what a signal takes
	ctx, leave, stop := onSignals(context.Background(), 0)
	defer stop()
	signal := func(s syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGTERM)
	select {
	case <-leave:
	case <-time.After(patience):
		t.Fatal("not asked to leave")
	}
	if ctx.Err() != nil {
		t.Fatal("the first signal ended the worker")
	}
	signal(syscall.SIGINT)
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("the second signal did not end the worker")
	}
	if !errors.Is(context.Cause(ctx), errInterrupted) {
		t.Errorf("ended because of %v", context.Cause(ctx))
	}
}

// A worker that is not released in time is ended, and one that is given no time is not.
func TestAWorkerThatIsNotReleasedEndsInTime(t *testing.T) {
	ctx, leave, stop := onSignals(context.Background(), 50*time.Millisecond)
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-leave
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), errGrace) {
		t.Errorf("ended because of %v", context.Cause(ctx))
	}
}
