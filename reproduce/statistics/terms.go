package statistics

import (
	"fmt"
	"slices"
)

// checkTerms says whether each row has so many terms.
func (r Run) checkTerms(width int) error {
	if len(r.Terms) != len(r.Rows) {
		return fmt.Errorf("%w: %d rows have terms, of %d", ErrNotPaired, len(r.Terms), len(r.Rows))
	}
	for _, terms := range r.Terms {
		if len(terms) != width {
			return fmt.Errorf("%w: a row has %d terms, not %d", ErrNotPaired, len(terms), width)
		}
	}
	return nil
}

// addUp adds rows' terms up in sums, each row as often as times says; nil counts each once.
func addUp(sums []float64, rows [][]float64, times []int) []float64 {
	clear(sums)
	for i, terms := range rows {
		n := 1.0
		if times != nil {
			n = float64(times[i])
		}
		for k, x := range terms {
			sums[k] += n * x
		}
	}
	return sums
}

// sameAnswer says whether two runs said the same of a row.
func sameAnswer(a, b Run, row int) bool {
	if a.Terms != nil {
		return slices.Equal(a.Terms[row], b.Terms[row])
	}
	return a.Predicted[row] == b.Predicted[row]
}

// takeAnswer gives a row another run's answer.
func (r Run) takeAnswer(row int, from Run) {
	if r.Terms != nil {
		r.Terms[row] = from.Terms[row]
		return
	}
	r.Predicted[row] = from.Predicted[row]
}
