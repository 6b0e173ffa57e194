package straggler

import (
	"fmt"
	"slices"
)

// The thresholds.
const (
	// window is how many steps are looked at.
	window = 40
	// slower is how many times the others' median a rank's own must be, and worth how many
	// seconds more at least.
	slower = 1.8
	worth  = 0.005
	// blocked is which share of a step a rank must have waited for room on its right.
	blocked = 0.25
)

// Sample is what a rank spent on a step, in seconds.
type Sample struct {
	Worker string
	// Compute is its own work: forward, backward and update.
	Compute float64
	// Blocked is how long it had something to send and no room at its right neighbour.
	Blocked float64
	// Total is the whole step.
	Total float64
}

// Fault is what is slow.
type Fault string

// The faults.
const (
	Compute Fault = "compute"
	Link    Fault = "link"
)

// Finding names a rank that holds the others up. Times is how many times as long as the
// others' median it takes; of a link, Share is the part of the step that it cost.
type Finding struct {
	Worker string
	Rank   int
	Fault  Fault
	Times  float64
	Share  float64
	// Right is the worker at the other end of a slow link.
	Right string
}

// String is the finding in a person's words.
func (f Finding) String() string {
	if f.Fault == Link {
		return fmt.Sprintf("the link from rank %d (worker %s) to worker %s is slow: it holds the ring up for %.0f%% of a step", f.Rank, f.Worker, f.Right, 100*f.Share)
	}
	return fmt.Sprintf("rank %d (worker %s) is slow: its own work takes %.1f times as long as the others'", f.Rank, f.Worker, f.Times)
}

// Watch looks at the steps of a ring one after another.
type Watch struct {
	workers []string // by rank
	steps   [][]Sample
	told    map[Fault]string // worker
}

// NewWatch has seen nothing.
func NewWatch() *Watch { return &Watch{} }

// Step takes a step's samples, by rank, and returns what is found now and was not before.
// Another ring begins a new window.
func (w *Watch) Step(samples []Sample) []Finding {
	var workers []string
	for _, s := range samples {
		workers = append(workers, s.Worker)
	}
	if !slices.Equal(workers, w.workers) {
		*w = Watch{workers: workers, told: map[Fault]string{}}
	}
	if len(workers) < 2 {
		return nil
	}
	w.steps = append(w.steps, samples)
	if len(w.steps) < window {
		return nil
	}
	w.steps = w.steps[len(w.steps)-window:]
	var found []Finding
	for fault, f := range map[Fault]*Finding{Compute: w.slowest(), Link: w.blocked()} {
		switch {
		case f == nil:
			delete(w.told, fault)
		case w.told[fault] != f.Worker:
			w.told[fault] = f.Worker
			found = append(found, *f)
		}
	}
	return found
}

// slowest is the rank whose own work takes much longer than the others', if there is one.
func (w *Watch) slowest() *Finding {
	own := w.medians(func(s Sample) float64 { return s.Compute })
	rank := highest(own)
	others := median(without(own, rank))
	if own[rank] < slower*others || own[rank]-others < worth || others <= 0 {
		return nil
	}
	return &Finding{Worker: w.workers[rank], Rank: rank, Fault: Compute, Times: own[rank] / others}
}

// blocked is the rank that waits for room on its right, and alone does.
func (w *Watch) blocked() *Finding {
	waits := w.medians(func(s Sample) float64 { return s.Blocked })
	rank := highest(waits)
	total := median(w.medians(func(s Sample) float64 { return s.Total }))
	others := median(without(waits, rank))
	if waits[rank] < blocked*total || waits[rank] < slower*others || waits[rank] < worth {
		return nil
	}
	right := w.workers[(rank+1)%len(w.workers)]
	return &Finding{Worker: w.workers[rank], Rank: rank, Fault: Link, Right: right, Share: waits[rank] / total}
}

// medians are each rank's over the window.
func (w *Watch) medians(of func(Sample) float64) []float64 {
	all := make([]float64, len(w.workers))
	for rank := range all {
		values := make([]float64, len(w.steps))
		for i, step := range w.steps {
			values[i] = of(step[rank])
		}
		all[rank] = median(values)
	}
	return all
}

func highest(values []float64) int {
	at := 0
	for i, v := range values {
		if v > values[at] {
			at = i
		}
	}
	return at
}

func without(values []float64, at int) []float64 {
	return slices.Delete(slices.Clone(values), at, at+1)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
