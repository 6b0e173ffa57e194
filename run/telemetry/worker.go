package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"ringmaster/refusals"
	"ringmaster/run/protocol"
	"ringmaster/run/status"
)

// Worker holds the metrics of a worker. A nil one counts nothing.
type Worker struct {
	Registry *prometheus.Registry

	steps, examples, batches, ringBytes, broken prometheus.Counter
	stepTime, ringTime, ringWait                prometheus.Histogram
	parts                                       *prometheus.CounterVec
}

// Parts of a step.
const (
	forward    = "forward"
	backward   = "backward"
	ringWaited = "ring_wait"
	optimizer  = "optimizer"
)

// NewWorker makes the metrics. newest gives the newest status document; refused may be nil.
func NewWorker(version string, refused *refusals.Counter, newest func() status.Worker) *Worker {
	r := newRegistry(version, refused)
	r.MustRegister(workerCollector{newest})
	histogram := func(name, help string) prometheus.Histogram {
		return registered(r, prometheus.NewHistogram(prometheus.HistogramOpts{Name: workerPrefix + name, Help: help, Buckets: stepBuckets}))
	}
	m := &Worker{
		Registry:  r,
		steps:     counter(r, workerPrefix+"steps_total", "Training steps that this worker did."),
		examples:  counter(r, workerPrefix+"examples_total", "Examples that this worker went through, in steps and batches."),
		batches:   counter(r, workerPrefix+"batches_total", "Batches that this worker answered in stages without training."),
		ringBytes: counter(r, workerPrefix+"ring_sent_bytes_total", "Bytes that this worker sent over the ring."),
		broken:    counter(r, workerPrefix+"broken_rings_total", "Rings of this worker that broke."),
		stepTime:  histogram("step_duration_seconds", "Time of a step on this worker, from order to report."),
		ringTime:  histogram("ring_duration_seconds", "Time in which the ring was busy in a step of this worker."),
		ringWait:  histogram("ring_wait_seconds", "Time in which this worker did nothing but wait for the ring in a step."),
		parts:     counters(r, workerPrefix+"step_part_seconds_total", "Time of all steps, by what it went into.", "part"),
	}
	for _, part := range []string{forward, backward, ringWaited, optimizer} {
		m.parts.WithLabelValues(part)
	}
	return m
}

// Step takes a step that this worker did with so many examples of its own.
func (m *Worker) Step(done *protocol.StepDone, examples int) {
	if m == nil {
		return
	}
	t := done.Timeline
	m.steps.Inc()
	m.examples.Add(float64(examples))
	m.stepTime.Observe(done.Seconds)
	m.ringBytes.Add(float64(done.RingBytes))
	if done.World > 1 {
		m.ringTime.Observe(t.RingHidden + t.RingExposed)
		m.ringWait.Observe(t.RingExposed)
	}
	m.parts.WithLabelValues(forward).Add(t.Forward)
	m.parts.WithLabelValues(backward).Add(t.Backward)
	m.parts.WithLabelValues(ringWaited).Add(t.RingExposed)
	m.parts.WithLabelValues(optimizer).Add(t.Optimiser)
}

// Batch takes a batch of so many examples.
func (m *Worker) Batch(examples int) {
	if m == nil {
		return
	}
	m.batches.Inc()
	m.examples.Add(float64(examples))
}

// RingBroken counts a ring that broke.
func (m *Worker) RingBroken() {
	if m != nil {
		m.broken.Inc()
	}
}

// What is read from the status of a worker when Prometheus asks.
var (
	workerInfoDesc       = workerDesc("info", "Always 1; the labels are the worker's name and the run's.", "worker", "run")
	workerPhaseDesc      = workerDesc("phase", "1 for the phase that the worker is in, 0 for the others.", "phase")
	workerReadyDesc      = workerDesc("ready", "Whether the worker takes part, or waits as a spare: 1 or 0.")
	workerRankDesc       = workerDesc("rank", "Its rank; absent outside a ring.")
	workerWorldDesc      = workerDesc("world_size", "Ranks of its ring; 0 outside a ring.")
	workerGenerationDesc = workerDesc("generation", "Number of its newest ring.")
	workerSilentDesc     = workerDesc("coordinator_silent_seconds", "Time since the coordinator answered last.")
)

func workerDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(workerPrefix+name, help, labels, nil)
}

// workerCollector exports the newest status of a worker.
type workerCollector struct{ newest func() status.Worker }

// Describe implements prometheus.Collector.
func (workerCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		workerInfoDesc, workerPhaseDesc, workerReadyDesc, workerRankDesc, workerWorldDesc, workerGenerationDesc, workerSilentDesc,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c workerCollector) Collect(to chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	w := c.newest()
	set(workerInfoDesc, 1, w.Worker, w.Run)
	for _, p := range status.WorkerPhases {
		set(workerPhaseDesc, one(p == w.Phase), string(p))
	}
	set(workerReadyDesc, one(w.Ready))
	set(workerWorldDesc, float64(w.World))
	set(workerGenerationDesc, float64(w.Generation))
	if w.World > 0 {
		set(workerRankDesc, float64(w.Rank))
	}
	if w.Silent != nil {
		set(workerSilentDesc, *w.Silent)
	}
}
