package coordinator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"ringmaster/refusals"
	"ringmaster/run/monitor"
	"ringmaster/run/status"
	"ringmaster/run/telemetry"
)

// Monitor is what a coordinator shows of itself to Kubernetes, Prometheus and people: health,
// metrics, status. It is made, and served, before the run is prepared, which may take minutes.
// Its methods may be called from any goroutine, and most on a nil Monitor.
type Monitor struct {
	metrics *telemetry.Coordinator
	refused *refusals.Counter
	posted  atomic.Pointer[posted]
	token   atomic.Pointer[string]      // of the run, once it is known
	own     string                      // a token for who can read the run directory
	log     atomic.Pointer[slog.Logger] // for refusals; nil before the run's log is open
}

// posted is the newest status.
type posted struct {
	run status.Run
	// looping: the loop is to post another soon.
	looping bool
}

// NewMonitor makes the monitor of a run that is still being prepared. version is the program's.
func NewMonitor(version string) *Monitor {
	m := &Monitor{own: rand.Text()}
	m.refused = refusals.New(func(text string) {
		if log := m.log.Load(); log != nil {
			log.Warn(text)
		}
	})
	m.metrics = telemetry.NewCoordinator(version, m.refused, m.Newest)
	m.post(status.Run{Phase: status.Preparing, NotReady: "the run is being prepared: its files are read"}, false)
	return m
}

// Waits says why the run has not begun yet, where that is not its preparation.
func (m *Monitor) Waits(why string) {
	m.post(status.Run{Phase: status.Preparing, Reason: why, NotReady: why}, false)
}

// Serve serves the monitor at an address (package monitor). metricsToken admits to metrics and
// status, as the run's own token does, and that in the run directory.
func (m *Monitor) Serve(address, metricsToken string) (*monitor.Endpoint, error) {
	return monitor.Serve(monitor.Options{
		Address: address, Live: m.live, Ready: m.ready, Status: func() any { return m.Newest() },
		Metrics: m.metrics.Registry, Refused: m.refused,
		Tokens: func() []string {
			if token := m.token.Load(); token != nil {
				return []string{metricsToken, m.own, *token}
			}
			return []string{metricsToken, m.own}
		},
	})
}

// Newest is the newest status.
func (m *Monitor) Newest() status.Run {
	p := m.posted.Load()
	if p.looping {
		return p.run
	}
	run := p.run
	if !run.Phase.Ended() { // nothing renews it
		run.AsOf = time.Now()
	}
	return run
}

// post makes a status the newest one.
func (m *Monitor) post(run status.Run, looping bool) {
	if m == nil {
		return
	}
	run.Kind = status.KindRun
	if run.AsOf.IsZero() {
		run.AsOf = time.Now()
	}
	if host, err := os.Hostname(); err == nil {
		run.Process = &status.Process{Host: host, PID: os.Getpid()}
	}
	m.posted.Store(&posted{run, looping})
}

// loopLimit is how long the loop may take for one turn. It turns ten times a second, and writes
// little; a disk that hangs is what could hold it up.
const loopLimit = 30 * time.Second

// live says why the process should be restarted; nil where it should not.
func (m *Monitor) live() error {
	p := m.posted.Load()
	if still := time.Since(p.run.AsOf); p.looping && still > loopLimit {
		return fmt.Errorf("the coordinator's loop has not turned for %s", still.Round(time.Second))
	}
	return nil
}

// ready says why the coordinator takes no workers in; nil where it does.
func (m *Monitor) ready() error {
	p := m.posted.Load()
	if p.run.Ready {
		return nil
	}
	return errors.New(p.run.NotReady)
}

// know gives the monitor what is known once a run has been opened.
func (m *Monitor) know(log *slog.Logger, token string) {
	m.log.Store(log)
	m.token.Store(&token)
}
