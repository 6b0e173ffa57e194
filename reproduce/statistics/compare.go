package statistics

import (
	"fmt"
	"math"
	"slices"
)

// Comparison is how one system stands to another on the same rows.
type Comparison struct {
	// Difference is the first system's mean score less the second's; Interval is its
	// bootstrap interval over seeds and rows.
	Difference float64
	Interval   Interval
	// P is the two-sided p-value over seeds and rows.
	P float64
	// Seeds is how many pairs of runs there were. With one, nothing is said of other seeds.
	Seeds int
}

// Compare compares two methods by runs that are paired by seed and row.
func Compare(a, b System, o Options) (Comparison, error) {
	if err := paired(a, b); err != nil {
		return Comparison{}, err
	}
	observed := difference(a, b)
	drawn := replicates([]System{a, b}, o, func(means []float64) float64 { return means[0] - means[1] })
	far := 0
	for _, d := range drawn {
		if atLeast(math.Abs(d-observed), math.Abs(observed)) {
			far++
		}
	}
	return Comparison{
		Difference: observed, Interval: percentiles(drawn, o.Level),
		P: share(far, len(drawn)), Seeds: len(a.Runs),
	}, nil
}

// exactRows is up to how many rows every exchange is gone through.
const exactRows = 14

// Exchange is the p-value of the trained models' difference under exchange of their
// answers: under the null hypothesis it does not matter which of the two systems gave the
// answers to a row, so they are exchanged row by row, all seeds of a row together, since
// a row's answers are not independent of each other. With few rows that differ every
// exchange is counted and exact is true; else o.Replicates random ones are drawn.
// It needs the same rows for all seeds.
func Exchange(a, b System, o Options) (p float64, exact bool, err error) {
	if err := paired(a, b); err != nil {
		return 0, false, err
	}
	if !a.crossed() {
		return 0, false, fmt.Errorf("%w: each seed has its own test rows", ErrNotPaired)
	}
	e := newExchange(a, b)
	observed := math.Abs(difference(a, b))
	if len(e.differing) <= exactRows {
		all := 1 << len(e.differing)
		reached := 0
		for mask := range all {
			if atLeast(math.Abs(e.difference(func(k int) bool { return mask>>k&1 == 1 })), observed) {
				reached++
			}
		}
		return float64(reached) / float64(all), true, nil
	}
	random := source(o.Seed, "exchange")
	reached := 0
	for range o.Replicates {
		if atLeast(math.Abs(e.difference(func(int) bool { return random.Uint64()&1 == 1 })), observed) {
			reached++
		}
	}
	return share(reached, o.Replicates), false, nil
}

// exchange holds two systems whose answers to some rows are exchanged. Rows that both
// answer alike in every seed change nothing and are left alone.
type exchange struct {
	a, b, x, y System // x and y are a and b with some rows exchanged
	differing  []int
}

func newExchange(a, b System) *exchange {
	e := &exchange{a: a, b: b, x: copied(a), y: copied(b)}
	for row := range a.Runs[0].Rows {
		for s := range a.Runs {
			if !sameAnswer(a.Runs[s], b.Runs[s], row) {
				e.differing = append(e.differing, row)
				break
			}
		}
	}
	return e
}

func (e *exchange) difference(swap func(k int) bool) float64 {
	for k, row := range e.differing {
		from, to := e.a, e.b
		if swap(k) {
			from, to = to, from
		}
		for s := range e.x.Runs {
			e.x.Runs[s].takeAnswer(row, from.Runs[s])
			e.y.Runs[s].takeAnswer(row, to.Runs[s])
		}
	}
	return difference(e.x, e.y)
}

func copied(s System) System {
	s.Runs = slices.Clone(s.Runs)
	for i := range s.Runs {
		s.Runs[i].Predicted, s.Runs[i].Terms = slices.Clone(s.Runs[i].Predicted), slices.Clone(s.Runs[i].Terms)
	}
	return s
}

func difference(a, b System) float64 {
	x, _ := MeanAndDeviation(a.Scores())
	y, _ := MeanAndDeviation(b.Scores())
	return x - y
}

// paired says whether two systems have the same seeds' runs on the same rows.
func paired(a, b System) error {
	for _, s := range []System{a, b} {
		if err := s.Check(); err != nil {
			return err
		}
	}
	if len(a.Runs) != len(b.Runs) || a.Classes != b.Classes || a.Width != b.Width {
		return fmt.Errorf("%w: %d runs and %d classes, %d runs and %d classes", ErrNotPaired, len(a.Runs), a.Classes, len(b.Runs), b.Classes)
	}
	for i := range a.Runs {
		if !slices.Equal(a.Runs[i].Rows, b.Runs[i].Rows) || !slices.Equal(a.Runs[i].Gold, b.Runs[i].Gold) {
			return fmt.Errorf("%w: run %d of each", ErrNotPaired, i)
		}
	}
	return nil
}
