package straggler

import "slices"

// The thresholds.
const (
	// window is how many steps are looked at.
	window = 40
	// slower is how many times the others' median a rank's own must be, and worth how many
	// seconds more at least.
	slower = 1.8
	worth  = 0.005
	// costly is which share of a step a link must cost.
	costly = 0.25
)

// Sample is what a rank spent on a step, in seconds.
type Sample struct {
	Worker string
	// Compute is its own work: forward, backward and update.
	Compute float64
	// InTransit is how long its right neighbour has waited for what this rank had sent already.
	InTransit float64
	// Exposed is how long it waited for the ring when its own gradient was whole.
	Exposed float64
	// Total is the whole step.
	Total float64
}

// Watch looks at the steps of a ring one after another.
type Watch struct {
	workers []string // by rank
	steps   [][]Sample
	told    map[at]bool
}

// at is what a finding is about.
type at struct {
	fault Fault
	rank  int
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
		*w = Watch{workers: workers, told: map[at]bool{}}
	}
	if len(workers) < 2 {
		return nil
	}
	w.steps = append(w.steps, samples)
	if len(w.steps) < window {
		return nil
	}
	w.steps = w.steps[len(w.steps)-window:]
	var news []Finding
	now := map[at]bool{}
	for _, f := range w.judge() {
		about := at{f.Fault, f.Rank}
		if now[about] = true; !w.told[about] {
			news = append(news, f)
		}
	}
	w.told = now
	return news
}

// judge finds all that is slow. A rank that is short of processor time is also late to send
// and to read: where a rank's own work is slow, its two links are not judged.
func (w *Watch) judge() []Finding {
	found := w.slowRanks()
	slow := make([]bool, len(w.workers))
	for _, f := range found {
		slow[f.Rank] = true
	}
	for _, f := range w.slowLinks() {
		if !slow[f.Rank] && !slow[w.right(f.Rank)] {
			found = append(found, f)
		}
	}
	return found
}

// slowRanks are those whose own work takes much longer than the others'.
func (w *Watch) slowRanks() (found []Finding) {
	own := w.medians(func(s Sample) float64 { return s.Compute })
	for rank, takes := range own {
		if others := median(without(own, rank)); others > 0 && standsOut(takes, others) {
			found = append(found, Finding{Worker: w.workers[rank], Rank: rank, Fault: Compute, Times: takes / others})
		}
	}
	return found
}

// slowLinks are those for which the ring waits much longer than for the others. Waiting
// that the backward pass hides costs nothing.
func (w *Watch) slowLinks() (found []Finding) {
	exposed := median(w.medians(func(s Sample) float64 { return s.Exposed }))
	total := median(w.medians(func(s Sample) float64 { return s.Total }))
	transits := w.medians(func(s Sample) float64 { return s.InTransit })
	for rank, transit := range transits {
		cost := min(transit, exposed)
		if cost >= costly*total && standsOut(transit, median(without(transits, rank))) {
			right := w.right(rank)
			found = append(found, Finding{Worker: w.workers[rank], Rank: rank, Fault: Link, Right: w.workers[right], RightRank: right, Share: cost / total})
		}
	}
	return found
}

func (w *Watch) right(rank int) int { return (rank + 1) % len(w.workers) }

// standsOut compares what one takes with the others' median.
func standsOut(takes, others float64) bool {
	return takes >= slower*others && takes-others >= worth
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

func without(values []float64, at int) []float64 {
	return slices.Delete(slices.Clone(values), at, at+1)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
