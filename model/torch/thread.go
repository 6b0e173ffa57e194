package torch

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	lib "github.com/sugarme/gotch/libtch"
)

// Mode says whether operators are recorded for a backward pass.
type Mode int

// The modes of [Thread.Run].
const (
	NoGrad   Mode = 0
	WithGrad Mode = 1
)

// Thread is one operating-system thread on which all tensor work of its owner
// happens, one Run after another. Keeping to one thread keeps gradient mode and
// error slot right, and keeps one set of OpenMP workers: libgomp starts another for
// every thread that enters a parallel region.
type Thread struct {
	jobs chan func()
	done chan struct{}

	mu     sync.Mutex // held while a job is handed over, so that Close cannot come between
	closed bool
}

// Start starts a thread whose operators use the given number of OpenMP threads;
// 0 leaves the number to libtorch.
func Start(threads int) (*Thread, error) {
	if threads < 0 {
		return nil, fmt.Errorf("%w: %d threads requested; give 0 (libtorch's choice) or more", ErrTorch, threads)
	}
	t := &Thread{jobs: make(chan func()), done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Never unlocked: the OS thread ends with this goroutine and its OpenMP workers with it.
		runtime.LockOSThread()
		defer close(t.done)
		started <- setThreads(threads)
		for job := range t.jobs {
			job()
		}
	}()
	if err := <-started; err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Run calls f with a fresh Scope on the thread and waits for it. It returns f's
// error, else the scope's first operator error; the scope's tensors are freed. Calls
// from several goroutines take turns. f must not call Run of the same Thread.
func (t *Thread) Run(mode Mode, f func(*Scope) error) error {
	var err error
	finished := make(chan struct{})
	job := func() {
		defer close(finished)
		err = runScope(mode, f)
	}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return ErrClosed
	}
	t.jobs <- job
	t.mu.Unlock()
	<-finished
	return err
}

// Close ends the thread after the Run in progress and waits for it. Closing twice is allowed.
func (t *Thread) Close() {
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		close(t.jobs)
	}
	t.mu.Unlock()
	<-t.done
}

func runScope(mode Mode, f func(*Scope) error) (err error) {
	s := &Scope{}
	defer s.free()
	defer func() {
		// A panic on this goroutine would end the program without passing the caller.
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in tensor work: %v\n%s", p, debug.Stack())
		}
	}()
	before := lib.AtGradSetEnabled(int(mode))
	defer lib.AtGradSetEnabled(before)
	if err := f(s); err != nil {
		return err
	}
	return s.err
}
