package e2e

import (
	"syscall"
	"testing"
	"time"

	"ringmaster/run/status"
)

// SIGTERM to coordinator and workers at the same moment, as when a run is suspended: all end within
// the grace period, with a checkpoint, and the run goes on from it.
func TestSIGTERMToAllEndsWithinTheGracePeriod(t *testing.T) {
	d := newDesk(t)
	const within = 25 * time.Second
	p := d.start(t, d.ringmaster, append([]string{"coordinator", "run.yaml", "--port", "-1", "--run-dir", "runs/long", "--workers", "2", "--grace", within.String()}, endless...)...)
	url := joinURL(t, p)
	all := []*process{p}
	for range 2 {
		all = append(all, d.start(t, d.ringmaster, "worker", "--nats", url, "--grace", within.String()))
	}
	p.await(t, "5 steps of the student", func() bool { return d.steps(t, d.at("runs", "long"), "student") >= 5 })
	began := time.Now()
	for _, one := range all {
		one.signal(t, syscall.SIGTERM)
	}
	for _, one := range all {
		one.wait(t, patience)
		if took := time.Since(began); took > within+5*time.Second {
			t.Errorf("%s ended after %s\n%s", one, took, one.said())
		}
	}
	t.Logf("all have ended after %s", time.Since(began).Round(time.Millisecond))
	r := d.statusOf(t, 1, "runs/long")
	if r.Phase != status.Stopped || r.Checkpoint == nil || r.Checkpoint.Unsaved != 0 {
		t.Errorf("%+v %+v\n%s", r, r.Checkpoint, p.said())
	}
}

// A worker whose coordinator is gone, and that hangs besides, is ended by its grace period.
func TestAHangingWorkerEndsWithItsGracePeriod(t *testing.T) {
	d := newDesk(t)
	p := d.start(t, d.ringmaster, append([]string{"coordinator", "run.yaml", "--port", "-1", "--run-dir", "runs/long", "--workers", "1"}, endless...)...)
	w := d.start(t, d.ringmaster, "worker", "--nats", joinURL(t, p), "--grace", "2s")
	p.await(t, "5 steps of the student", func() bool { return d.steps(t, d.at("runs", "long"), "student") >= 5 })
	p.signal(t, syscall.SIGSTOP) // it answers nobody, and its connections stay
	began := time.Now()
	w.signal(t, syscall.SIGTERM)
	w.wait(t, patience)
	if took := time.Since(began); took > 9*time.Second { // without it, ten seconds of silence
		t.Errorf("it ended after %s\n%s", took, w.said())
	}
	w.exits(t, 1)
	w.complains(t, 100, "--grace")
	p.signal(t, syscall.SIGKILL)
}
