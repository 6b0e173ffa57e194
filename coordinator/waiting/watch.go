package waiting

import (
	"fmt"
	"slices"
	"time"
)

// After is how long a run may wait without a word.
const After = 4 * time.Second

// again is when a wait that lasts is told of once more.
var again = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}

// patience is how many times as long as usual a wait may be before it is told.
const patience = 2

// remembered is how many waits of a kind make the usual one.
const remembered = 3

// Wait is what is waited for at a moment.
type Wait struct {
	Kind string // waits of one kind take about as long
	For  string
	From string // who or what is to come up with it; may be empty
	// Mark is another whenever something has come: the wait begins anew then.
	Mark [2]uint64
}

// Told is a wait that is worth a line.
type Told struct {
	Wait
	Lasts time.Duration
}

func (t Told) String() string {
	line := fmt.Sprintf("waiting for %s (%s so far)", t.For, t.Lasts.Round(time.Second))
	if t.From != "" {
		line += ": " + t.From
	}
	return line
}

// Watch looks at what a run waits for, again and again.
type Watch struct {
	wait  Wait
	since time.Time // zero while nothing is waited for
	told  int
	took  map[string][]time.Duration // the last waits of each kind
}

// Look takes what is waited for now; nothing is the zero Wait. It returns what is to be told.
func (w *Watch) Look(now time.Time, is Wait) (Told, bool) {
	if is.Kind != w.wait.Kind || is.Mark != w.wait.Mark || w.since.IsZero() {
		w.end(now)
		w.since, w.told = now, 0
	}
	w.wait = is
	if is.Kind == "" {
		w.since = time.Time{}
		return Told{}, false
	}
	lasts := now.Sub(w.since)
	if lasts < w.next() {
		return Told{}, false
	}
	w.told++
	return Told{is, lasts}, true
}

// Lasts is how long the present wait has lasted, and Usual how long such waits take; 0 where
// that is not known.
func (w *Watch) Lasts(now time.Time) time.Duration {
	if w.since.IsZero() {
		return 0
	}
	return now.Sub(w.since)
}

// Usual is how long waits of the present kind took before; 0 where there was none.
func (w *Watch) Usual() time.Duration { return usual(w.took[w.wait.Kind]) }

// Again begins the present wait anew.
func (w *Watch) Again(now time.Time) {
	if !w.since.IsZero() {
		w.since = now
	}
}

// end takes in how long a wait was that is over.
func (w *Watch) end(now time.Time) {
	if w.since.IsZero() || w.wait.Kind == "" {
		return
	}
	if w.took == nil {
		w.took = map[string][]time.Duration{}
	}
	took := append(w.took[w.wait.Kind], now.Sub(w.since))
	w.took[w.wait.Kind] = took[max(0, len(took)-remembered):]
}

// next is after how long the present wait is to be told of.
func (w *Watch) next() time.Duration {
	first := max(After, patience*w.Usual())
	if w.told == 0 {
		return first
	}
	for _, d := range again[min(w.told-1, len(again)):] {
		if d > first {
			return d
		}
		w.told++
	}
	return 1<<63 - 1
}

// usual is the median, the lower one of two.
func usual(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[(len(sorted)-1)/2]
}
