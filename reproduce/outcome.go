package reproduce

import (
	"cmp"
	"fmt"

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
	answers := newAnswers(o.test)
	for _, p := range predictions {
		if p.Task == o.Target && p.Part == directory.Test {
			answers.add(p)
		}
	}
	o.answers = answers.run
	return o, nil
}
