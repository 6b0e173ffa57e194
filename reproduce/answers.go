package reproduce

import (
	"math"
	"slices"

	"ringmaster/reproduce/statistics"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// answers gathers a student's answers to test rows for the statistics of the kind that the scores are of.
type answers struct {
	of  metrics.Scores
	run statistics.Run
}

func newAnswers(of metrics.Scores) *answers { return &answers{of: of} }

func (a *answers) add(p directory.Prediction) {
	a.run.Rows = append(a.run.Rows, p.Row)
	switch {
	case p.GoldValue != nil && p.PredictedValue != nil:
		a.run.Terms = append(a.run.Terms, valueTerms(*p.GoldValue, *p.PredictedValue))
	case p.GoldLabels != nil && p.PredictedLabels != nil:
		a.run.Terms = append(a.run.Terms, labelTerms(*p.GoldLabels, *p.PredictedLabels))
	default:
		a.run.Gold = append(a.run.Gold, slices.Index(a.of.Classes, p.Gold))
		a.run.Predicted = append(a.run.Predicted, slices.Index(a.of.Classes, p.Predicted))
	}
}

// system is the cells' answers as a system, scored by the main score (metrics.Scores.Main).
func system(outcomes []outcome) statistics.System {
	of := outcomes[0].test
	var s statistics.System
	for _, o := range outcomes {
		s.Runs = append(s.Runs, o.answers)
	}
	switch {
	case of.Value != nil:
		centre(s.Runs)
		s.Sums, s.Width = pearson, valueWidth
	case of.Averaging == metrics.Micro:
		s.Sums, s.Width = microF1, labelWidth
	default:
		s.Classes, s.Score = len(of.Classes), classScore(of)
	}
	return s
}

// classScore is the main score of a confusion matrix.
func classScore(of metrics.Scores) statistics.Score {
	classes := of.Classes
	if len(classes) == 2 && of.Kappa == nil {
		positive := max(0, slices.Index(classes, of.Positive))
		return func(c [][]int) float64 { return positiveF1(c, positive) }
	}
	return func(confusion [][]int) float64 {
		c, err := metrics.FromCounts(classes, confusion)
		if err != nil {
			return 0 // a matrix of statistics is square and counts
		}
		if of.Kappa != nil {
			kappa, _ := c.QuadraticKappa()
			return kappa
		}
		return c.Scores().F1
	}
}

// positiveF1 is the F1 of the positive class of two, as metrics has it; it is computed
// hundreds of thousands of times.
func positiveF1(c [][]int, positive int) float64 {
	hits, other := c[positive][positive], 1-positive
	if hits == 0 {
		return 0
	}
	return 2 * float64(hits) / float64(2*hits+c[other][positive]+c[positive][other])
}

const labelWidth = 2

// labelTerms are a row's labels that are right, and the sum of those given and those asked for.
func labelTerms(gold, predicted []string) []float64 {
	right := 0
	for _, label := range predicted {
		if slices.Contains(gold, label) {
			right++
		}
	}
	return []float64{float64(right), float64(len(gold) + len(predicted))}
}

// microF1 is that of labelTerms added up, as metrics has it.
func microF1(sums []float64) float64 {
	if sums[1] == 0 {
		return metrics.ZeroDivision
	}
	return 2 * sums[0] / sums[1]
}

const valueWidth = 6

// valueTerms are a row's moments up to the second: those of pearson.
func valueTerms(gold, predicted float64) []float64 {
	return []float64{1, gold, predicted, gold * gold, predicted * predicted, gold * predicted}
}

// centre measures all values from the mean of the gold ones: a correlation stays the same, and sums of squares do not
// lose their last digits.
func centre(runs []statistics.Run) {
	var n, sum float64
	for _, r := range runs {
		for _, t := range r.Terms {
			n, sum = n+t[0], sum+t[1]
		}
	}
	for i, r := range runs {
		runs[i].Terms = make([][]float64, len(r.Terms))
		for k, t := range r.Terms {
			runs[i].Terms[k] = valueTerms(t[1]-sum/n, t[2]-sum/n)
		}
	}
}

// flat is the part of a variance, in proportion to the mean square, that is rounding: of values that are all equal.
const flat = 1e-13

// pearson is the correlation of valueTerms added up; 0 where gold or predicted values are all equal.
func pearson(sums []float64) float64 {
	n := sums[0]
	if n == 0 {
		return 0
	}
	x, y := sums[1]/n, sums[2]/n
	xx, yy := sums[3]/n-x*x, sums[4]/n-y*y
	if xx <= flat*sums[3]/n || yy <= flat*sums[4]/n {
		return 0
	}
	return min(max((sums[5]/n-x*y)/math.Sqrt(xx*yy), -1), 1)
}
