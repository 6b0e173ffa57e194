package statistics

import (
	"fmt"
	"math"
	"slices"
)

// Run is what one trained model said of the test rows.
type Run struct {
	// Rows identify the test rows; two runs saw the same rows when these are equal.
	Rows []int
	// Gold and Predicted are classes, counted from 0, in the order of Rows; of a System with Sums they are nil.
	Gold, Predicted []int
	// Terms are what each row adds to the sums of a System with Sums, in the order of Rows.
	Terms [][]float64
}

// Score judges a confusion matrix, [gold][predicted].
type Score func(confusion [][]int) float64

// System is a method: its runs, one a seed, in the order of the seeds. It is scored by the counts of its classes, or, with
// Sums, by sums over its rows, for scores such as a correlation.
type System struct {
	Runs    []Run
	Classes int
	Score   Score
	// Sums judges the rows' Terms, Width of each, added up.
	Sums  func(sums []float64) float64
	Width int
}

// Check says whether the system can be scored.
func (s System) Check() error {
	if len(s.Runs) == 0 {
		return ErrNoRuns
	}
	for i, r := range s.Runs {
		if len(r.Rows) == 0 {
			return fmt.Errorf("%w: run %d has no rows", ErrNoRuns, i)
		}
		if s.Sums != nil {
			if err := r.checkTerms(s.Width); err != nil {
				return fmt.Errorf("%w: run %d", err, i)
			}
			continue
		}
		if len(r.Gold) != len(r.Rows) || len(r.Predicted) != len(r.Rows) {
			return fmt.Errorf("%w: run %d has %d rows, %d gold, %d predicted", ErrNotPaired, i, len(r.Rows), len(r.Gold), len(r.Predicted))
		}
		for row := range r.Rows {
			if g, p := r.Gold[row], r.Predicted[row]; min(g, p) < 0 || max(g, p) >= s.Classes {
				return fmt.Errorf("%w: run %d: gold %d, predicted %d of %d classes", ErrClass, i, g, p, s.Classes)
			}
		}
	}
	return nil
}

// Scores are the runs' scores, in order.
func (s System) Scores() []float64 {
	scores := make([]float64, len(s.Runs))
	score := s.scorer()
	for i, r := range s.Runs {
		scores[i] = score(r, nil)
	}
	return scores
}

// scorer scores runs, each row counted as often as times says; nil counts each once. It uses the same memory again.
func (s System) scorer() func(r Run, times []int) float64 {
	if s.Sums != nil {
		sums := make([]float64, s.Width)
		return func(r Run, times []int) float64 { return s.Sums(addUp(sums, r.Terms, times)) }
	}
	m := newMatrix(s.Classes)
	return func(r Run, times []int) float64 { return m.score(s.Score, r, times) }
}

// crossed says whether all runs were scored on the same rows.
func (s System) crossed() bool {
	for _, r := range s.Runs[1:] {
		if !slices.Equal(r.Rows, s.Runs[0].Rows) {
			return false
		}
	}
	return true
}

// MeanAndDeviation are the mean and the sample standard deviation (n−1); the deviation
// of one value is NaN, since one value has none.
func MeanAndDeviation(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	sum := 0.0
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sum / float64(len(values)-1))
}

// matrix is a confusion matrix that is used again and again.
type matrix struct{ counts [][]int }

func newMatrix(classes int) matrix {
	m := matrix{make([][]int, classes)}
	for i := range m.counts {
		m.counts[i] = make([]int, classes)
	}
	return m
}

// score scores a run, each row counted as often as times says; nil counts each once.
func (m matrix) score(score Score, r Run, times []int) float64 {
	for _, row := range m.counts {
		clear(row)
	}
	for i, g := range r.Gold {
		n := 1
		if times != nil {
			n = times[i]
		}
		m.counts[g][r.Predicted[i]] += n
	}
	return score(m.counts)
}
