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

// What was told stays told until it is well below the thresholds: what varies about one
// would be told again and again.
const (
	plainly = 1.0
	still   = 0.4 // of what is above the others
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
	now, m := map[at]bool{}, w.measure()
	for _, f := range append(w.slowRanks(m, still), w.slowLinks(m, still)...) {
		now[f.about()] = w.told[f.about()]
	}
	var news []Finding
	for _, f := range w.judge(m, now) {
		if !now[f.about()] {
			news = append(news, f)
		}
		now[f.about()] = true
	}
	w.told = now
	return news
}

func (f Finding) about() at { return at{f.Fault, f.Rank} }

// judge finds all that is plainly slow; what was told and still is slow is known. A rank that
// is short of processor time is also late to send and to read: where a rank's own work is
// slow, its two links are not judged.
func (w *Watch) judge(m measures, known map[at]bool) []Finding {
	found := w.slowRanks(m, plainly)
	slow := make([]bool, len(w.workers))
	for rank := range slow {
		slow[rank] = known[at{Compute, rank}]
	}
	for _, f := range found {
		slow[f.Rank] = true
	}
	for _, f := range w.slowLinks(m, plainly) {
		if !slow[f.Rank] && !slow[w.right(f.Rank)] {
			found = append(found, f)
		}
	}
	return found
}

// measures are medians over the window.
type measures struct {
	own, transits  []float64 // by rank
	exposed, total float64   // of the ring
}

func (w *Watch) measure() measures {
	return measures{
		own:      w.medians(func(s Sample) float64 { return s.Compute }),
		transits: w.medians(func(s Sample) float64 { return s.InTransit }),
		exposed:  median(w.medians(func(s Sample) float64 { return s.Exposed })),
		total:    median(w.medians(func(s Sample) float64 { return s.Total })),
	}
}

// slowRanks are those whose own work takes much longer than the others'.
func (w *Watch) slowRanks(m measures, how float64) (found []Finding) {
	for rank, takes := range m.own {
		if others := median(without(m.own, rank)); others > 0 && standsOut(takes, others, how) {
			found = append(found, Finding{Worker: w.workers[rank], Rank: rank, Fault: Compute, Times: takes / others})
		}
	}
	return found
}

// slowLinks are those for which the ring waits much longer than for the others. Waiting
// that the backward pass hides costs nothing.
func (w *Watch) slowLinks(m measures, how float64) (found []Finding) {
	for rank, transit := range m.transits {
		cost := min(transit, m.exposed)
		if cost >= how*costly*m.total && standsOut(transit, median(without(m.transits, rank)), how) {
			right := w.right(rank)
			found = append(found, Finding{Worker: w.workers[rank], Rank: rank, Fault: Link, Right: w.workers[right], RightRank: right, Share: cost / m.total})
		}
	}
	return found
}

func (w *Watch) right(rank int) int { return (rank + 1) % len(w.workers) }

// standsOut compares what one takes with the others' median.
func standsOut(takes, others, how float64) bool {
	return takes-others >= how*max((slower-1)*others, worth)
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
