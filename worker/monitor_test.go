package worker

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"ringmaster/run/protocol"
	"ringmaster/run/status"
)

// startShown starts a worker with a monitor.
func startShown(t *testing.T, url string, leave chan struct{}) (*Monitor, *errgroup.Group) {
	t.Helper()
	m := NewMonitor("test", nil)
	var group errgroup.Group
	group.Go(func() error {
		return Run(t.Context(), Options{
			NATS: url, Token: testAuthority.Token().Text(), Name: "w", Threads: 1, CacheDir: t.TempDir(), Patience: patience, Leave: leave, Log: slog.New(slog.DiscardHandler), Monitor: m,
		})
	})
	t.Cleanup(func() { _ = group.Wait() }) // t.Context ends before
	return m, &group
}

// shows waits until a worker's status is of a kind.
func shows(t *testing.T, m *Monitor, what string, is func(status.Worker) bool) status.Worker {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) { // between two looks
		s := m.Newest()
		if is(s) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("no %s: %+v", what, s)
		}
	}
}

func inPhase(p status.WorkerPhase) func(status.Worker) bool {
	return func(s status.Worker) bool { return s.Phase == p }
}

// A worker is ready in the ring, and not before; it is alive all the time.
func TestAWorkerIsReadyInTheRing(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	m, w := startShown(t, srv.ClientURL(), nil)
	if m.ready() == nil {
		t.Error("ready before it has joined")
	}
	d.joined()
	if s := shows(t, m, "membership", inPhase(status.WorkerWaiting)); s.Ready || s.NotReady == "" || s.Run != "test" || s.Worker != "w" {
		t.Errorf("%+v", s)
	}
	d.begun(1)
	d.step(1, 0)
	s := shows(t, m, "ring", func(s status.Worker) bool { return s.Phase == status.WorkerRing && s.Step == 1 })
	if !s.Ready || s.World != 1 || s.Rank != 0 || s.Silent == nil || s.Stage == "" {
		t.Errorf("%+v", s)
	}
	d.forget()
	d.joined()
	if s := shows(t, m, "membership", inPhase(status.WorkerWaiting)); s.Ready || s.World != 0 {
		t.Errorf("after the coordinator's restart: %+v", s)
	}
	if err := m.live(); err != nil {
		t.Error(err)
	}
	d.order(protocol.Order{End: &protocol.End{}})
	if err := w.Wait(); err != nil {
		t.Error(err)
	}
}

// An order that was given up and does not end is told by /livez, and so is a worker that asks
// for no orders.
func TestAWorkerThatHangsIsNotLive(t *testing.T) {
	m := NewMonitor("test", nil)
	if err := m.live(); err != nil {
		t.Error(err)
	}
	m.asked, m.answered = time.Now().Add(-time.Minute), time.Now()
	if err := m.live(); err == nil || !strings.Contains(err.Error(), "has not asked") {
		t.Error(err)
	}
	m.asks()
	q := newOrderQueue(m)
	q.add(protocol.Order{Step: &protocol.Step{Generation: 1}})
	_, _, done, _ := q.next(t.Context())
	q.add(protocol.Order{Ring: &protocol.Ring{Generation: 2, Abrupt: true}})
	if m.superseded.IsZero() || m.live() != nil {
		t.Error("the order that is given up is not noted, or held against the worker at once")
	}
	m.superseded = m.superseded.Add(-2 * stuckLimit)
	if err := m.live(); err == nil || !strings.Contains(err.Error(), "has not ended") {
		t.Error(err)
	}
	done()
	if err := m.live(); err != nil {
		t.Error(err)
	}
}

// A ready worker whose coordinator is silent is not ready.
func TestASilentCoordinatorMakesAWorkerUnready(t *testing.T) {
	m := NewMonitor("test", nil)
	m.answers()
	m.joined("test", "w", true)
	if err := m.ready(); err != nil {
		t.Error("a spare is not ready:", err)
	}
	m.answered = m.answered.Add(-2 * silenceLimit)
	if err := m.ready(); err == nil || !strings.Contains(err.Error(), "has not answered") {
		t.Error(err)
	}
	m.ringLost(errors.New("rank 1 is gone"))
	if err := m.ready(); err == nil || !strings.Contains(err.Error(), "rank 1 is gone") {
		t.Error(err)
	}
	m.phase(status.WorkerLeaving, "it was asked to go")
	m.ringFormed(protocol.Ring{Workers: []string{"w"}})
	if err := m.ready(); err == nil {
		t.Error("ready although it leaves")
	}
}

// Asked to go, with a coordinator that is gone for good, it goes after some seconds.
func TestLeavingWorkerGoesWithoutACoordinator(t *testing.T) {
	srv := controlServer(t, -1)
	d := newFakeCoordinator(t, srv.ClientURL())
	leave := make(chan struct{})
	_, w := startShown(t, srv.ClientURL(), leave)
	d.joined()
	d.begun(1)
	d.step(1, 0)
	d.nc.Close()
	began := time.Now()
	close(leave)
	if err := w.Wait(); !errors.Is(err, ErrLeft) {
		t.Error(err)
	}
	if took := time.Since(began); took < leaveSilence/2 || took > 3*leaveSilence {
		t.Errorf("it left after %s, want about %s", took, leaveSilence)
	}
}
