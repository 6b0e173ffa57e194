package reproduce

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/run/directory"
)

// takeFold gives the n-th run of a row its fold of the target's rows. After the last fold the rows are divided anew: a
// repeated cross-validation.
func takeFold(run *config.Run, n, folds int) error {
	for i := range run.Tasks {
		t := &run.Tasks[i]
		if !t.Target {
			continue
		}
		if len(t.Data.Test) > 0 || t.Data.Part != "" {
			return fmt.Errorf("%w: folds take the test rows of %s from all of its rows in turn, but the run file gives it test rows: list the files under path, without part", ErrOptions, t.Name)
		}
		t.Data.Split.Folds, t.Data.Split.Fold = folds, n%folds+1
		t.Data.Split.Seed += uint64(n / folds)
	}
	return run.Validate()
}

// Units is what a table's runs differ in.
func (r Record) Units() string {
	if r.Folds > 0 {
		return "folds"
	}
	return "seeds"
}

// FoldPrediction is a line of predictions-ROW.jsonl.
type FoldPrediction struct {
	directory.Prediction
	// Fold is the fold, from 1, that the row was tested in, and Repetition the division into folds, from 1.
	Fold       int `json:"fold"`
	Repetition int `json:"repetition"`
}

// writeFoldPredictions writes what the finished runs of a cross-validation predicted for their test rows, a file for each row of
// the table: every row of the corpus once in each finished repetition.
func (r *Result) writeFoldPredictions(dir string) error {
	if r.Record.Folds == 0 {
		return nil
	}
	for _, row := range r.Rows {
		var all []FoldPrediction
		for i, seed := range r.Record.Seeds {
			cell, finished := row.cells[seed]
			if !finished {
				continue
			}
			predictions, err := directory.Layout(cell).ReadPredictions()
			if err != nil {
				return err
			}
			for _, p := range predictions {
				if p.Task == r.Target && p.Part == directory.Test {
					all = append(all, FoldPrediction{p, i%r.Record.Folds + 1, i/r.Record.Folds + 1})
				}
			}
		}
		slices.SortStableFunc(all, func(a, b FoldPrediction) int {
			return cmp.Or(cmp.Compare(a.Repetition, b.Repetition), cmp.Compare(a.Row, b.Row))
		})
		err := durable.WriteFile(filepath.Join(dir, "predictions-"+row.Name+".jsonl"), 0o600, func(w io.Writer) error {
			out := bufio.NewWriter(w)
			encode := json.NewEncoder(out)
			for _, p := range all {
				if err := encode.Encode(p); err != nil {
					return err
				}
			}
			return out.Flush()
		})
		if err != nil {
			return err
		}
	}
	return nil
}
