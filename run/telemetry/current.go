package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringmaster/run/status"
)

// What is read from the status of a run when Prometheus asks.
var (
	runDesc        = desc("run_info", "Always 1; the labels are the run's name and method.", "run", "method")
	phaseDesc      = desc("phase", "1 for the phase that the run is in, 0 for the others.", "phase")
	readyDesc      = desc("ready", "Whether the coordinator takes workers in: 1 or 0.")
	membersDesc    = desc("members", "Workers of the run, by what they do.", "state")
	wantedDesc     = desc("wanted_members", "Workers that the run starts with.")
	neededDesc     = desc("needed_members", "Workers below which the run pauses.")
	generationDesc = desc("generation", "Number of the newest ring; each change of members makes a new one.")
	doneDesc       = desc("stage_done", "Committed steps or batches of the stage under way.", "stage")
	totalDesc      = desc("stage_size", "All steps or batches of the stage under way.", "stage")
	leftDesc       = desc("stage_left_seconds", "Estimated time that the stage under way still takes.", "stage")
	waitDesc       = desc("wait_seconds", "How long the run has waited for what comes next.")
	ageDesc        = desc("checkpoint_age_seconds", "Time since the newest checkpoint was written.")
	unsavedDesc    = desc("unsaved_steps", "Committed steps of the stage under way that no checkpoint has.")
	asOfDesc       = desc("status_age_seconds", "Time since the coordinator's loop last turned.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// currentCollector exports the newest status of a run.
type currentCollector struct{ newest func() status.Run }

// Describe implements prometheus.Collector.
func (currentCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		runDesc, phaseDesc, readyDesc, membersDesc, wantedDesc, neededDesc, generationDesc, doneDesc, totalDesc, leftDesc, waitDesc, ageDesc, unsavedDesc, asOfDesc,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c currentCollector) Collect(to chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	r, now := c.newest(), time.Now()
	set(runDesc, 1, r.Run, r.Method)
	for _, p := range status.Phases {
		set(phaseDesc, one(p == r.Phase), string(p))
	}
	set(readyDesc, one(r.Ready))
	count := map[status.State]int{}
	for _, m := range r.Workers.Members {
		count[m.State]++
	}
	for _, state := range status.States {
		set(membersDesc, float64(count[state]), string(state))
	}
	set(wantedDesc, float64(r.Workers.Wanted))
	set(neededDesc, float64(r.Workers.Min))
	set(generationDesc, float64(r.Generation))
	if s := r.Stage; s != nil {
		set(doneDesc, float64(s.Done), s.Name)
		set(totalDesc, float64(s.Total), s.Name)
		if s.TimeLeft != nil {
			set(leftDesc, *s.TimeLeft, s.Name)
		}
	}
	waits := 0.0
	if r.WaitsFor != nil {
		waits = r.WaitsFor.Seconds
	}
	set(waitDesc, waits)
	unsaved := 0
	if r.Stage != nil && r.Stage.Training {
		unsaved = r.Stage.Done
	}
	if cp := r.Checkpoint; cp != nil {
		unsaved = cp.Unsaved
		if !cp.Written.IsZero() {
			set(ageDesc, now.Sub(cp.Written).Seconds())
		}
	}
	set(unsavedDesc, float64(unsaved))
	if !r.AsOf.IsZero() {
		set(asOfDesc, now.Sub(r.AsOf).Seconds())
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
