package reproduce

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// validationScores is where the scores of a trial's validation rows are kept while its test rows are scored.
func validationScores(cell string) string { return filepath.Join(cell, "metrics-validation.json") }

// trialScores are a finished trial's scores: on validation rows, and on test rows once those were scored; none if it
// diverged.
type trialScores struct {
	Finished
	valid metrics.Scores
	test  *metrics.Scores
}

// score is the main score on validation rows. A training that diverged is worse than any that did not.
func (t trialScores) score() float64 {
	if t.Diverged != "" {
		return math.Inf(-1)
	}
	_, valid := mainOf(t.valid)
	return valid
}

// readTrial reads a trial's cell; known is false while it is not finished.
func readTrial(cell string) (t trialScores, known bool, err error) {
	if t.Finished, known, err = readFinished(cell); err != nil || !known || t.Diverged != "" {
		return t, known, err
	}
	report, err := directory.Layout(cell).ReadMetrics()
	if errors.Is(err, fs.ErrNotExist) { // cut short while its test rows were scored
		var raw []byte
		if raw, err = os.ReadFile(validationScores(cell)); err == nil {
			err = json.Unmarshal(raw, &report)
		}
	}
	if err != nil {
		return t, false, err
	}
	chosenBy := cmp.Or(t.ChosenBy, t.Target)
	valid, chose := report.Task(chosenBy)
	if !chose || valid.Valid == nil {
		return t, false, fmt.Errorf("%w: %s: no scores on the validation rows of %q; remove this directory, and the trial is run again", ErrDamaged, cell, chosenBy)
	}
	t.valid = *valid.Valid
	if scored, has := report.Task(t.Target); has {
		t.test = scored.Test
	}
	return t, true, nil
}

// dropModel removes a trial's student, which is not the best one.
func dropModel(cell string) error {
	layout := directory.Layout(cell)
	return errors.Join(os.RemoveAll(layout.Model()), os.RemoveAll(layout.Checkpoints()))
}
