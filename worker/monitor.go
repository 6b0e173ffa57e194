package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"ringmaster/refusals"
	"ringmaster/run/monitor"
	"ringmaster/run/protocol"
	"ringmaster/run/status"
	"ringmaster/run/telemetry"
)

// Monitor is what a worker shows of itself to Kubernetes, Prometheus and people: health,
// metrics, status. Its methods may be called from any goroutine; those that the worker calls
// do nothing on a nil Monitor.
type Monitor struct {
	metrics *telemetry.Worker
	refused *refusals.Counter
	tokens  []string
	url     string // of the endpoint; empty where nothing is served

	mu       sync.Mutex
	now      status.Worker
	asked    time.Time // when the coordinator was last asked for orders, answered or not
	answered time.Time // when it answered last
	// superseded is when the order under way was given up by the coordinator; zero while none
	// such is under way.
	superseded time.Time
}

// NewMonitor makes the monitor of a worker that has not joined yet. tokens admit to metrics and
// status.
func NewMonitor(version string, refused *refusals.Counter, tokens ...string) *Monitor {
	m := &Monitor{refused: refused, tokens: tokens}
	m.now = status.Worker{Kind: status.KindWorker, Phase: status.WorkerConnecting}
	if host, err := os.Hostname(); err == nil {
		m.now.Process = status.Process{Host: host, PID: os.Getpid()}
	}
	m.metrics = telemetry.NewWorker(version, refused, m.Newest)
	return m
}

// Serve serves the monitor at an address (package monitor). It is called before the worker runs,
// which logs the address when it has joined: a worker that is refused says that alone.
func (m *Monitor) Serve(address string) (*monitor.Endpoint, error) {
	served, err := monitor.Serve(monitor.Options{
		Address: address, Live: m.live, Ready: m.ready, Status: func() any { return m.Newest() },
		Metrics: m.metrics.Registry, Tokens: func() []string { return m.tokens }, Refused: m.refused,
	})
	if err == nil {
		m.url = served.URL()
	}
	return served, err
}

// logURL logs where the monitor is served.
func (m *Monitor) logURL(log *slog.Logger) {
	if m != nil && m.url != "" {
		log.Info("health, metrics and status", "url", m.url)
	}
}

// Newest is the worker's status now.
func (m *Monitor) Newest() status.Worker {
	why := m.ready()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.now
	s.AsOf, s.Ready = time.Now(), why == nil
	if why != nil {
		s.NotReady = why.Error()
	}
	if !m.answered.IsZero() {
		silent := time.Since(m.answered).Seconds()
		s.Silent = &silent
	}
	return s
}

const (
	// askLimit is how long the goroutine that polls may take for one turn: it asks at least once a
	// second, whether anybody answers or not.
	askLimit = 30 * time.Second
	// stuckLimit is how long an order may go on that was given up. It ends with the operator of
	// libtorch that is under way.
	stuckLimit = 2 * time.Minute
	// silenceLimit is how long a ready worker may have no answer.
	silenceLimit = 5 * time.Second
)

// live says why the process should be restarted; nil where it should not.
func (m *Monitor) live() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if still := time.Since(m.asked); !m.asked.IsZero() && still > askLimit {
		return fmt.Errorf("the worker has not asked for orders for %s", still.Round(time.Second))
	}
	if stuck := time.Since(m.superseded); !m.superseded.IsZero() && stuck > stuckLimit {
		return fmt.Errorf("an order that was given up %s ago has not ended", stuck.Round(time.Second))
	}
	return nil
}

// ready says why the worker neither takes part nor waits as a spare; nil where it does.
func (m *Monitor) ready() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.now.Phase {
	case status.WorkerSpare, status.WorkerRing, status.WorkerInference:
		if silent := time.Since(m.answered); silent > silenceLimit {
			return fmt.Errorf("the coordinator has not answered for %s", silent.Round(time.Second))
		}
		return nil
	case status.WorkerWaiting:
		if m.now.Reason != "" {
			return errors.New(m.now.Reason)
		}
		return errors.New("it waits for a stage or a ring")
	default:
		return fmt.Errorf("it is %s", m.now.Phase)
	}
}

// update changes the status.
func (m *Monitor) update(change func(s *status.Worker)) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	leaving := m.now.Phase == status.WorkerLeaving
	change(&m.now)
	if leaving { // whatever comes after that
		m.now.Phase = status.WorkerLeaving
	}
}

// phase moves the worker to a phase; reason may be empty.
func (m *Monitor) phase(p status.WorkerPhase, reason string) {
	m.update(func(s *status.Worker) { s.Phase, s.Reason = p, reason })
}

// asks notes that the coordinator is asked, answers that it answered.
func (m *Monitor) asks() {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.asked = time.Now()
	}
}

func (m *Monitor) answers() {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.answered = time.Now()
	}
}

// gaveUp notes that the order under way was given up, and ended that none is under way.
func (m *Monitor) gaveUp() {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.superseded = time.Now()
	}
}

func (m *Monitor) ended() {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.superseded = time.Time{}
	}
}

// joined notes that the worker is a member.
func (m *Monitor) joined(run, name string, spare bool) {
	p := status.WorkerWaiting
	if spare {
		p = status.WorkerSpare
	}
	m.update(func(s *status.Worker) { s.Run, s.Worker, s.Phase, s.Reason = run, name, p, "" })
}

// ringFormed notes the worker's place in a ring.
func (m *Monitor) ringFormed(place protocol.Ring) {
	m.update(func(s *status.Worker) {
		s.Phase, s.Reason, s.Rank, s.World, s.Generation = status.WorkerRing, "", place.Rank, len(place.Workers), place.Generation
	})
}

// ringLost notes that the worker is in no ring; broken says why, where it broke.
func (m *Monitor) ringLost(broken error) {
	reason := "it waits for the next ring"
	if broken != nil {
		reason = "the ring broke: " + broken.Error()
		if m != nil {
			m.metrics.RingBroken()
		}
	}
	m.update(func(s *status.Worker) { s.Phase, s.Reason, s.Rank, s.World = status.WorkerWaiting, reason, 0, 0 })
}

// begins notes a stage whose model is loaded; loads that it is being loaded.
func (m *Monitor) loads(stage string) {
	m.update(func(s *status.Worker) {
		s.Phase, s.Reason, s.Stage, s.Step, s.Rank, s.World = status.WorkerLoading, "", stage, 0, 0, 0
	})
}

func (m *Monitor) begins(trains bool) {
	if trains {
		m.phase(status.WorkerWaiting, "it waits for a ring")
		return
	}
	m.phase(status.WorkerInference, "")
}

// stepDone takes a step that is done.
func (m *Monitor) stepDone(done *protocol.StepDone, examples int) {
	if m == nil {
		return
	}
	m.metrics.Step(done, examples)
	m.update(func(s *status.Worker) { s.Step = done.Step + 1 })
}

// batchDone takes a batch that is answered.
func (m *Monitor) batchDone(batch, examples int) {
	if m == nil {
		return
	}
	m.metrics.Batch(examples)
	m.update(func(s *status.Worker) { s.Step = batch + 1 })
}
