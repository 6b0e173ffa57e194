package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Valued are predictions of a real number a row.
type Valued struct {
	name            string
	gold, predicted []float64
}

// NewValued is without rows; name says what the number is.
func NewValued(name string) *Valued { return &Valued{name: name} }

// Add adds a row. Numbers must be finite.
func (v *Valued) Add(gold, predicted float64) error {
	for _, x := range [2]float64{gold, predicted} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%w: gold %v, predicted %v", ErrNotFinite, gold, predicted)
		}
	}
	v.gold, v.predicted = append(v.gold, gold), append(v.predicted, predicted)
	return nil
}

// ValueScores are the numbers of predicted values, in the values' unit where they have one.
type ValueScores struct {
	// Pearson is the correlation r, Spearman that of the ranks, equal values sharing their mean rank. Both are 0
	// where all gold or all predicted values are equal, where there is none.
	Pearson  float64 `json:"pearson"`
	Spearman float64 `json:"spearman"`
	// RMSE is the root of the mean squared error, MAE the mean absolute error.
	RMSE float64 `json:"rmse"`
	MAE  float64 `json:"mae"`
	// Deviation is the standard deviation of the gold values: the RMSE of always predicting their mean.
	Deviation float64 `json:"deviation"`
	// Constant says that all predicted values are equal, or all gold ones.
	Constant bool `json:"constant,omitempty"`
}

// Scores computes the numbers; without rows all are 0.
func (v *Valued) Scores() Scores {
	n := float64(len(v.gold))
	s := ValueScores{}
	if n == 0 {
		return Scores{Classes: []string{v.name}, Value: &s}
	}
	var squares, absolute float64
	for i, gold := range v.gold {
		e := v.predicted[i] - gold
		squares, absolute = squares+e*e, absolute+math.Abs(e)
	}
	s.RMSE, s.MAE = math.Sqrt(squares/n), absolute/n
	_, s.Deviation = moments(v.gold)
	pearson, defined := correlation(v.gold, v.predicted)
	s.Pearson = pearson
	s.Spearman, _ = correlation(ranks(v.gold), ranks(v.predicted))
	s.Constant = !defined
	return Scores{Rows: len(v.gold), Classes: []string{v.name}, Value: &s}
}

// moments are mean and standard deviation, with the number of values as divisor.
func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation)
}

// correlation is Pearson's r; 0 and not defined where one of the two is constant.
func correlation(x, y []float64) (r float64, defined bool) {
	if slices.Min(x) == slices.Max(x) || slices.Min(y) == slices.Max(y) {
		return 0, false
	}
	meanX, deviationX := moments(x)
	meanY, deviationY := moments(y)
	if deviationX == 0 || deviationY == 0 { // so near to one another that their squares vanish
		return 0, false
	}
	for i := range x {
		r += (x[i] - meanX) / deviationX * ((y[i] - meanY) / deviationY) / float64(len(x))
	}
	return min(max(r, -1), 1), true
}

// ranks are the values' ranks from 1; equal values share the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	rank := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			rank[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return rank
}
