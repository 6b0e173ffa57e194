package telemetry_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringmaster/refusals"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
	"ringmaster/run/status"
	"ringmaster/run/telemetry"
)

// busyCoordinator has a value in each of its metrics.
func busyCoordinator(refused *refusals.Counter) *telemetry.Coordinator {
	left := 41.5
	m := telemetry.NewCoordinator("1.2.3", refused, func() status.Run {
		return status.Run{
			Run: "it", Method: "kd-annealed", Phase: status.Training, Ready: true, AsOf: time.Now(), Generation: 3,
			Stage:      &status.Stage{Name: "student", Done: 46, Total: 91, Training: true, TimeLeft: &left},
			WaitsFor:   &status.Wait{For: "step 46", Seconds: 1.5},
			Checkpoint: &status.Checkpoint{Stage: "student", Step: 40, Unsaved: 6, Written: time.Now().Add(-time.Minute)},
			Workers: status.Workers{Wanted: 3, Min: 2, Max: 4, Members: []status.Member{
				{State: status.Active}, {State: status.Active}, {State: status.Spare},
			}},
		}
	})
	m.Step(directory.Event{
		Stage: "student", World: 2, Lambda: 0.25, LR: 2e-5, GradNorm: 1.5, Seconds: 0.3, RingSeconds: 0.2, RingBytes: 1000,
		Timeline: directory.Timeline{RingExposed: 0.05}, Loss: map[string]float64{"empathy": 0.5}, Examples: map[string]int{"empathy": 7},
		Validation: &directory.Validation{Task: "empathy", F1: 0.75},
	})
	m.Step(directory.Event{Stage: "student", World: 1, Skipped: true, Examples: map[string]int{"empathy": 3}, Loss: map[string]float64{}})
	m.Batch("evaluate", 64)
	m.Joined()
	m.Released()
	m.Barred()
	m.RingBroken()
	m.Checkpoint(true)
	m.Checkpoint(false)
	m.Evicted(telemetry.Silent)
	return m
}

func busyWorker(refused *refusals.Counter) *telemetry.Worker {
	silent := 0.1
	m := telemetry.NewWorker("1.2.3", refused, func() status.Worker {
		return status.Worker{Worker: "w", Run: "it", Phase: status.WorkerRing, Rank: 1, World: 2, Generation: 3, Silent: &silent, Ready: true}
	})
	m.Step(&protocol.StepDone{World: 2, Seconds: 0.3, RingBytes: 500, Timeline: protocol.Timeline{Forward: 0.1, Backward: 0.1, RingHidden: 0.1, RingExposed: 0.05, Optimiser: 0.01}}, 5)
	m.Batch(64)
	m.RingBroken()
	return m
}

// The linter of Prometheus itself holds names, units and help texts against its conventions.
func TestNamesFollowPrometheusConventions(t *testing.T) {
	for name, registry := range map[string]*prometheus.Registry{"coordinator": busyCoordinator(nil).Registry, "worker": busyWorker(nil).Registry} {
		problems, err := testutil.GatherAndLint(registry)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if strings.HasPrefix(p.Metric, "ringmaster_") {
				t.Errorf("%s: %s: %s", name, p.Metric, p.Text)
			}
		}
	}
}

func TestWhatAStepLeaves(t *testing.T) {
	refused := refusals.New(nil)
	refused.Add(refusals.Replayed, "")
	want := `
# HELP ringmaster_steps_total Committed training steps.
# TYPE ringmaster_steps_total counter
ringmaster_steps_total{stage="student"} 2
# HELP ringmaster_skipped_steps_total Committed steps whose loss or gradient was not finite, and which made no update.
# TYPE ringmaster_skipped_steps_total counter
ringmaster_skipped_steps_total{stage="student"} 1
# HELP ringmaster_examples_total Examples of committed steps and batches, by task.
# TYPE ringmaster_examples_total counter
ringmaster_examples_total{stage="evaluate",task=""} 64
ringmaster_examples_total{stage="student",task="empathy"} 10
# HELP ringmaster_loss Mean loss of a task's examples in the last step that had any, in nats.
# TYPE ringmaster_loss gauge
ringmaster_loss{stage="student",task="empathy"} 0.5
# HELP ringmaster_ring_sent_bytes_total Bytes that all ranks sent over the ring in committed steps.
# TYPE ringmaster_ring_sent_bytes_total counter
ringmaster_ring_sent_bytes_total 1000
# HELP ringmaster_members Workers of the run, by what they do.
# TYPE ringmaster_members gauge
ringmaster_members{state="active"} 2
ringmaster_members{state="joining"} 0
ringmaster_members{state="leaving"} 0
ringmaster_members{state="spare"} 1
# HELP ringmaster_evictions_total Workers that were taken out of the run, by reason.
# TYPE ringmaster_evictions_total counter
ringmaster_evictions_total{reason="diverged"} 0
ringmaster_evictions_total{reason="failed"} 0
ringmaster_evictions_total{reason="lost"} 0
ringmaster_evictions_total{reason="other"} 0
ringmaster_evictions_total{reason="ring_links"} 0
ringmaster_evictions_total{reason="silent"} 1
# HELP ringmaster_stage_left_seconds Estimated time that the stage under way still takes.
# TYPE ringmaster_stage_left_seconds gauge
ringmaster_stage_left_seconds{stage="student"} 41.5
`
	err := testutil.GatherAndCompare(busyCoordinator(refused).Registry, strings.NewReader(want),
		"ringmaster_steps_total", "ringmaster_skipped_steps_total", "ringmaster_examples_total", "ringmaster_loss",
		"ringmaster_ring_sent_bytes_total", "ringmaster_members", "ringmaster_evictions_total", "ringmaster_stage_left_seconds")
	if err != nil {
		t.Error(err)
	}
	if n := value(t, busyCoordinator(refused).Registry, "ringmaster_refused_messages_total", "kind", "replayed"); n != 1 {
		t.Errorf("%v replayed messages, want 1", n)
	}
	if age := value(t, busyCoordinator(nil).Registry, "ringmaster_checkpoint_age_seconds", "", ""); age < 60 || age > 90 {
		t.Errorf("the checkpoint is %v s old, want 60", age)
	}
}

// value is that of a metric with a label.
func value(t *testing.T, r *prometheus.Registry, name, label, is string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == label && l.GetValue() == is {
					return m.GetCounter().GetValue() + m.GetGauge().GetValue()
				}
			}
			if label == "" {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s{%s=%q}", name, label, is)
	return 0
}

// The page for people lists each metric once, and none that is not there.
func TestTheDocumentationListsEachMetric(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, there []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(ringmaster_[a-z0-9_]+)`").FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, found[1])
	}
	for _, registry := range []*prometheus.Registry{busyCoordinator(nil).Registry, busyWorker(nil).Registry} {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if strings.HasPrefix(f.GetName(), "ringmaster_") && !slices.Contains(there, f.GetName()) {
				there = append(there, f.GetName())
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(there)
	if !slices.Equal(listed, there) {
		t.Errorf("docs/monitoring.md lists\n%s\nwant\n%s", strings.Join(listed, "\n"), strings.Join(there, "\n"))
	}
}

// Nothing is counted, and nothing fails, where nobody asked for metrics.
func TestNilMetricsCountNothing(t *testing.T) {
	var c *telemetry.Coordinator
	c.Step(directory.Event{})
	c.Batch("", 1)
	c.Joined()
	c.Released()
	c.Barred()
	c.RingBroken()
	c.Checkpoint(true)
	c.Evicted(telemetry.Lost)
	var w *telemetry.Worker
	w.Step(&protocol.StepDone{}, 1)
	w.Batch(1)
	w.RingBroken()
}

// A committed step is counted in about a microsecond, which no step notices.
func BenchmarkStep(b *testing.B) {
	m := busyCoordinator(nil)
	e := directory.Event{
		Stage: "student", World: 2, Lambda: 0.25, LR: 2e-5, Seconds: 0.3, RingSeconds: 0.2, RingBytes: 1000,
		Loss:     map[string]float64{"empathy": 0.5, "sentiment": 0.4, "emotion": 0.3},
		Examples: map[string]int{"empathy": 7, "sentiment": 10, "emotion": 15},
	}
	for b.Loop() {
		m.Step(e)
	}
}

func BenchmarkWorkerStep(b *testing.B) {
	m := busyWorker(nil)
	done := &protocol.StepDone{World: 2, Seconds: 0.3, RingBytes: 500}
	for b.Loop() {
		m.Step(done, 16)
	}
}
