package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// reopen continues a finished training that was given a greater length.
func (r *recovery) reopen() error {
	record, _, err := r.dir.ReadRecord()
	if err != nil {
		return err
	}
	index := r.finalStage()
	if !slices.ContainsFunc(record.Done, func(d directory.StageDone) bool { return d.Index == index }) {
		return nil
	}
	final := r.stages[index].(*trainStage)
	units, err := final.steps()
	if err != nil {
		return err
	}
	done, err := r.lengths.done()
	before := r.lengths.before
	n := len(before)
	if err != nil || done >= units || n == 0 || before[n-1].Until != done { // it had no other length here
		return err
	}
	if err := r.dir.Record(directory.Entry{Reopened: &directory.Reopened{Index: index, Name: final.name()}}); err != nil {
		return err
	}
	r.lengths.changed = true
	// The scores are those of the shorter training: they stay under another name.
	err = os.Rename(r.dir.Metrics(), filepath.Join(string(r.dir.Layout), fmt.Sprintf("metrics-after-%d-steps.json", done)))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// finalStage is the number of the stage whose model the run is for.
func (r *recovery) finalStage() int {
	for i, s := range r.stages {
		if plan.Final(s.name()) {
			return i
		}
	}
	return len(r.stages)
}
