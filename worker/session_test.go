package worker

import (
	"errors"
	"log/slog"
	"net"
	"testing"

	"golang.org/x/sync/errgroup"

	"ringmaster/run/protocol"
)

// startWorker runs a worker until the test lets it go.
func startWorker(t *testing.T, url string, leave chan struct{}) *errgroup.Group {
	t.Helper()
	var group errgroup.Group
	group.Go(func() error {
		return Run(t.Context(), Options{
			NATS: url, Token: testAuthority.Token().Text(), Name: "w", Threads: 1, CacheDir: t.TempDir(), Patience: patience, Leave: leave, Log: slog.New(slog.DiscardHandler),
		})
	})
	t.Cleanup(func() { _ = group.Wait() }) // t.Context ends before
	return &group
}

// A worker joins a restarted coordinator again with the state it holds, and goes on from there.
func TestUnknownSessionJoinsAgainWithItsState(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	w := startWorker(t, srv.ClientURL(), nil)
	first := d.joined()
	if first.Life == "" || first.Held != nil {
		t.Errorf("joins with %+v", first)
	}
	d.begun(1)
	d.step(1, 0)
	d.step(1, 1)
	d.forget()
	again := d.joined()
	if again.Life != first.Life || again.Held == nil || *again.Held != (protocol.Held{Applied: 2, AppliedGeneration: 1}) {
		t.Errorf("joins again with %+v, holding %+v", again, again.Held)
	}
	d.ringOf(2)
	r := d.await("ring", func(r protocol.Report) bool { return r.RingReady != nil }).RingReady
	if len(r.Pending) != 2 || *r.Held != *again.Held {
		t.Errorf("stands at %+v with %d pending", r.Held, len(r.Pending))
	}
	d.step(2, 2)
	d.order(protocol.Order{End: &protocol.End{}})
	if err := w.Wait(); err != nil {
		t.Error(err)
	}
}

// The NATS server is away for a while and comes back, with a coordinator that knows
// nobody: the worker goes on asking, and is in the run again.
func TestWorkerOutlivesTheServer(t *testing.T) {
	srv := controlServer(t, -1)
	url := srv.ClientURL()
	d := newFakeCoordinator(t, url)
	w := startWorker(t, url, nil)
	d.joined()
	d.begun(1)
	d.step(1, 0)
	port := srv.Addr().(*net.TCPAddr).Port
	srv.Shutdown()
	srv.WaitForShutdown()
	d.forget()
	controlServer(t, port)
	if h := d.joined(); h.Held == nil || h.Held.Applied != 1 {
		t.Errorf("joins again with %+v", h.Held)
	}
	d.ringOf(2)
	d.step(2, 1)
	d.order(protocol.Order{End: &protocol.End{}})
	if err := w.Wait(); err != nil {
		t.Error(err)
	}
}

// Asked to leave, a worker says so, carries out its orders, and leaves when it is released.
func TestLeavingWorkerGoesOnUntilItsEnd(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	leave := make(chan struct{})
	w := startWorker(t, srv.ClientURL(), leave)
	d.joined()
	d.begun(1)
	d.step(1, 0)
	close(leave)
	d.await("leaving", func(r protocol.Report) bool { return r.Leaving != nil })
	s := deal(1, 1, batchOf(1), false)[0]
	s.Generation = 1
	d.order(protocol.Order{Step: &s}, protocol.Order{End: &protocol.End{Alone: true}})
	if err := w.Wait(); !errors.Is(err, ErrLeft) {
		t.Error(err)
	}
	// It has gone, and its last step was reported before.
	d.await("step", func(r protocol.Report) bool { return r.StepDone != nil && r.StepDone.Step == 1 })
}

// Its coordinator is restarted meanwhile: it joins the new one with its state, and hands over there.
func TestLeavingWorkerHandsOverToTheNextCoordinator(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	leave := make(chan struct{})
	w := startWorker(t, srv.ClientURL(), leave)
	d.joined()
	d.begun(1)
	d.step(1, 0)
	close(leave)
	d.await("leaving", func(r protocol.Report) bool { return r.Leaving != nil })
	d.forget()
	if again := d.joined(); again.Held == nil || again.Held.Applied != 1 {
		t.Errorf("joins again with %+v", again.Held)
	}
	d.await("leaving", func(r protocol.Report) bool { return r.Leaving != nil })
	d.ringOf(2)
	d.step(2, 1)
	d.order(protocol.Order{End: &protocol.End{Alone: true}})
	if err := w.Wait(); !errors.Is(err, ErrLeft) {
		t.Error(err)
	}
}

// A worker that is asked to leave while it is being taken in does not vanish: the run would wait
// for it until it has been silent for too long.
func TestLeavingWorkerThatIsTakenInSaysSo(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	leave := make(chan struct{})
	d.mu.Lock()
	d.admits = func() { close(leave) }
	d.mu.Unlock()
	w := startWorker(t, srv.ClientURL(), leave)
	d.joined()
	d.await("leaving", func(r protocol.Report) bool { return r.Leaving != nil })
	d.order(protocol.Order{End: &protocol.End{Alone: true}})
	if err := w.Wait(); !errors.Is(err, ErrLeft) {
		t.Error(err)
	}
}

// Without a coordinator it leaves as soon as its question was not answered.
func TestLeavingWorkerThatNobodyHoldsGoes(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	leave := make(chan struct{})
	w := startWorker(t, srv.ClientURL(), leave)
	d.joined()
	d.mu.Lock()
	d.deaf = true
	d.session++
	d.mu.Unlock()
	close(leave)
	if err := w.Wait(); !errors.Is(err, ErrLeft) {
		t.Error(err)
	}
}

// A worker that is evicted says so: the run has not failed.
func TestEvictedWorkerSaysSo(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	w := startWorker(t, srv.ClientURL(), nil)
	d.joined()
	d.begun(1)
	d.order(protocol.Order{End: &protocol.End{Error: "it differs", Alone: true}})
	if err := w.Wait(); !errors.Is(err, ErrEvicted) || errors.Is(err, ErrRunFailed) {
		t.Error(err)
	}
}

// A run that ended badly ends a worker that hangs in a step.
func TestFailedRunEndsAHangingStep(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	w := startWorker(t, srv.ClientURL(), nil)
	d.joined()
	d.begun(1)
	d.order(protocol.Order{Ring: &protocol.Ring{Generation: 2, Workers: []string{"w", "x"}, Topology: "broker", Key: ringKey}})
	d.order(protocol.Order{End: &protocol.End{Error: "enough"}})
	if err := w.Wait(); !errors.Is(err, ErrRunFailed) {
		t.Errorf("got %v", err)
	}
}
