package reproduce

import (
	"cmp"
	"fmt"
	"slices"

	"ringmaster/reproduce/statistics"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// outcome is what a finished cell says of its target. Validation rows are the source's where
// the student learnt one.
type outcome struct {
	Finished
	valid, test metrics.Scores
	answers     statistics.Run // to the test rows
}

// readOutcome reads a finished cell.
func readOutcome(cell string) (o outcome, err error) {
	var known bool
	if o.Finished, known, err = readFinished(cell); err != nil {
		return o, err
	}
	layout := directory.Layout(cell)
	report, err := layout.ReadMetrics()
	if err != nil {
		return o, err
	}
	o.ChosenBy = cmp.Or(o.ChosenBy, o.Target)
	chosen, chose := report.Task(o.ChosenBy)
	scores, scored := report.Task(o.Target)
	if !known || !chose || !scored || chosen.Valid == nil || scores.Test == nil {
		return o, fmt.Errorf("%w: %s: no scores on the validation rows of %q and the test rows of %q; remove this directory, and the cell is computed again", ErrDamaged, cell, o.ChosenBy, o.Target)
	}
	o.valid, o.test = *chosen.Valid, *scores.Test
	predictions, err := layout.ReadPredictions()
	if err != nil {
		return o, err
	}
	for _, p := range predictions {
		if p.Task != o.Target || p.Part != directory.Test {
			continue
		}
		o.answers.Rows = append(o.answers.Rows, p.Row)
		o.answers.Gold = append(o.answers.Gold, slices.Index(o.test.Classes, p.Gold))
		o.answers.Predicted = append(o.answers.Predicted, slices.Index(o.test.Classes, p.Predicted))
	}
	return o, nil
}

// system is the cells' answers as a system.
func system(outcomes []outcome) statistics.System {
	classes := outcomes[0].test.Classes
	positive := max(0, slices.Index(classes, outcomes[0].test.Positive))
	s := statistics.System{Classes: len(classes), Score: func(c [][]int) float64 { return positiveF1(c, positive) }}
	if len(classes) > 2 {
		s.Score = func(confusion [][]int) float64 {
			c, err := metrics.FromCounts(classes, confusion)
			if err != nil {
				return 0 // a matrix of statistics is square and counts
			}
			return c.Scores().F1
		}
	}
	for _, o := range outcomes {
		s.Runs = append(s.Runs, o.answers)
	}
	return s
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
