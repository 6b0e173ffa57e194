package telemetry

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"

	"ringmaster/refusals"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/status"
)

// Reason is why a worker was taken out of the run against its will.
type Reason string

// The reasons.
const (
	Lost      Reason = "lost"       // its process ended, or another took its name
	Silent    Reason = "silent"     // it was not heard for too long
	Failed    Reason = "failed"     // it said that it cannot go on
	RingLinks Reason = "ring_links" // its neighbours cannot reach it
	Diverged  Reason = "diverged"   // its parameters differ from the others'
	Unnamed   Reason = "other"
)

// Reasons are all reasons.
var Reasons = []Reason{Lost, Silent, Failed, RingLinks, Diverged, Unnamed}

// Coordinator holds the metrics of a coordinator. A nil one counts nothing.
type Coordinator struct {
	Registry *prometheus.Registry

	steps, skipped, examples, batches *prometheus.CounterVec
	stepTime, ringTime, ringWait      *prometheus.HistogramVec
	loss, lambda, rate, norm          *prometheus.GaugeVec
	f1, score                         *prometheus.GaugeVec
	evicted, checkpoints              *prometheus.CounterVec
	ringBytes, joined, released       prometheus.Counter
	barred, broken                    prometheus.Counter
}

// NewCoordinator makes the metrics. newest gives the newest status document; refused may be nil.
func NewCoordinator(version string, refused *refusals.Counter, newest func() status.Run) *Coordinator {
	r := newRegistry(version, refused)
	r.MustRegister(currentCollector{newest})
	m := &Coordinator{
		Registry: r,
		steps:    counters(r, prefix+"steps_total", "Committed training steps.", "stage"),
		skipped:  counters(r, prefix+"skipped_steps_total", "Committed steps whose loss or gradient was not finite, and which made no update.", "stage"),
		examples: counters(r, prefix+"examples_total", "Examples of committed steps and batches, by task.", "stage", "task"),
		batches:  counters(r, prefix+"batches_total", "Committed batches of stages without training.", "stage"),
		stepTime: histograms(r, prefix+"step_duration_seconds", "Time of a step on its slowest rank, from order to report.", "stage"),
		ringTime: histograms(r, prefix+"ring_duration_seconds", "Time in which the ring was busy in a step, on its slowest rank.", "stage"),
		ringWait: histograms(r, prefix+"ring_wait_seconds", "Time in which the slowest rank of a step did nothing but wait for the ring.", "stage"),
		loss:     gauges(r, prefix+"loss", "Mean loss of a task's examples in the last step that had any, in nats.", "stage", "task"),
		lambda:   gauges(r, prefix+"lambda_ratio", "Share of the gold labels in the targets of the last step (λ).", "stage"),
		rate:     gauges(r, prefix+"learning_rate", "Learning rate of the last step.", "stage"),
		norm:     gauges(r, prefix+"gradient_norm", "Global gradient norm of the last step, before clipping.", "stage"),
		f1:       gauges(r, prefix+"validation_f1_ratio", "Newest F1 on the validation rows of a target that is chosen by it.", "stage", "task"),
		score:    gauges(r, prefix+"validation_score", "Newest score on the validation rows of the target, by which its states are chosen.", "stage", "task", "score"),
		evicted:  counters(r, prefix+"evictions_total", "Workers that were taken out of the run, by reason.", "reason"),
		checkpoints: counters(r, prefix+"checkpoints_total", "Checkpoints that were written, and those that were given up.",
			"outcome"),
		ringBytes: counter(r, prefix+"ring_sent_bytes_total", "Bytes that all ranks sent over the ring in committed steps."),
		joined:    counter(r, prefix+"joins_total", "Workers that joined."),
		released:  counter(r, prefix+"releases_total", "Workers that asked to leave and were released."),
		barred:    counter(r, prefix+"bars_total", "Times that a worker was kept out of the ring for a while, since its links failed."),
		broken:    counter(r, prefix+"broken_rings_total", "Rings that broke although all their members lived."),
	}
	for _, reason := range Reasons {
		m.evicted.WithLabelValues(string(reason))
	}
	for _, outcome := range []string{written, givenUp} {
		m.checkpoints.WithLabelValues(outcome)
	}
	return m
}

// Outcomes of a checkpoint.
const (
	written = "written"
	givenUp = "given_up"
)

// Step takes a committed step.
func (m *Coordinator) Step(e directory.Event) {
	if m == nil {
		return
	}
	m.steps.WithLabelValues(e.Stage).Inc()
	m.stepTime.WithLabelValues(e.Stage).Observe(e.Seconds)
	if e.World > 1 {
		m.ringTime.WithLabelValues(e.Stage).Observe(e.RingSeconds)
		m.ringWait.WithLabelValues(e.Stage).Observe(e.Timeline.RingExposed)
	}
	m.ringBytes.Add(float64(e.RingBytes))
	m.lambda.WithLabelValues(e.Stage).Set(e.Lambda)
	m.rate.WithLabelValues(e.Stage).Set(e.LR)
	for task, n := range e.Examples {
		m.examples.WithLabelValues(e.Stage, task).Add(float64(n))
	}
	if v := e.Validation; v != nil {
		measure := cmp.Or(v.Measure, "F1")
		m.score.WithLabelValues(e.Stage, v.Task, measure).Set(v.F1)
		if metrics.Percent(measure) != 1 {
			m.f1.WithLabelValues(e.Stage, v.Task).Set(v.F1)
		}
	}
	if e.Skipped { // there is no loss and no norm
		m.skipped.WithLabelValues(e.Stage).Inc()
		return
	}
	m.norm.WithLabelValues(e.Stage).Set(e.GradNorm)
	for task, loss := range e.Loss {
		m.loss.WithLabelValues(e.Stage, task).Set(loss)
	}
}

// Batch takes a committed batch of so many examples. They have no task, since a batch may be of
// several.
func (m *Coordinator) Batch(stage string, examples int) {
	if m == nil {
		return
	}
	m.batches.WithLabelValues(stage).Inc()
	m.examples.WithLabelValues(stage, "").Add(float64(examples))
}

// Evicted counts a worker that was taken out.
func (m *Coordinator) Evicted(reason Reason) {
	if m != nil {
		m.evicted.WithLabelValues(string(reason)).Inc()
	}
}

// Checkpoint counts one that was written, or given up.
func (m *Coordinator) Checkpoint(ok bool) {
	if m == nil {
		return
	}
	outcome := givenUp
	if ok {
		outcome = written
	}
	m.checkpoints.WithLabelValues(outcome).Inc()
}

// Joined counts a worker that joined.
func (m *Coordinator) Joined() {
	if m != nil {
		m.joined.Inc()
	}
}

// Released counts a worker that left in an orderly way.
func (m *Coordinator) Released() {
	if m != nil {
		m.released.Inc()
	}
}

// Barred counts a worker that is kept out for a while.
func (m *Coordinator) Barred() {
	if m != nil {
		m.barred.Inc()
	}
}

// RingBroken counts a ring that broke.
func (m *Coordinator) RingBroken() {
	if m != nil {
		m.broken.Inc()
	}
}
