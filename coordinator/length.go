package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// A run that is resumed may have another length than before: more epochs, or other steps. Steps
// that are done keep the schedules that they were done under; from there on learning rate and λ
// follow the new length, and examples are dealt on where they were. Teachers keep the length that
// they were begun with.

// findLengths finds the lengths that the run's last training had before.
func (r *coordinator) findLengths() error {
	if !r.opts.Resume {
		return nil
	}
	planned, err := r.dir.ReadPlan()
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, directory.ErrDamaged) {
		return err // one that is missing or damaged is made again, and told of
	}
	r.before = planned.Before
	was, err := config.LoadResolved(r.dir.Config())
	if err != nil {
		return nil // missing or damaged: the run file is the run's own by its hash
	}
	old, now := lengthOf(was), lengthOf(r.job.Run)
	if old == now {
		return nil
	}
	done, err := r.doneOfFinal()
	if err != nil {
		return err
	}
	old.Until = done
	r.before, r.lengthened = lengthsUntil(r.before, old), true
	if err := r.job.CheckPlan(r.before...); err != nil {
		return job.Refused(err)
	}
	if err := r.finishedWithState(done); err != nil {
		return err
	}
	r.notify("the run was to have %s and is to have %s now: steps from %d on have the learning rate and the λ of the new length; teachers keep theirs", old, now, done)
	return nil
}

// lengthOf is how long the run's last training is to be.
func lengthOf(run *config.Run) plan.Length {
	if run.Train.Steps > 0 {
		return plan.Length{Steps: run.Train.Steps}
	}
	return plan.Length{Epochs: run.Train.Epochs}
}

// lengthsUntil adds the length that the run had last. Where steps were taken back, the length of
// those that are left is an earlier one's.
func lengthsUntil(before []plan.Length, last plan.Length) []plan.Length {
	var kept []plan.Length
	for _, l := range before {
		if l.Until >= last.Until {
			l.Until = last.Until
			return append(kept, l)
		}
		kept = append(kept, l)
	}
	return append(kept, last)
}

// doneOfFinal is how many steps of the run's last training are committed.
func (r *coordinator) doneOfFinal() (int, error) {
	stage, steps, _, err := r.dir.Committed()
	if err != nil || !plan.Final(stage) {
		return 0, err
	}
	return steps, nil
}

// reopen has a finished training go on that was given a greater length.
func (r *coordinator) reopen() error {
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
	done, err := r.doneOfFinal()
	n := len(r.before)
	if err != nil || done >= units || n == 0 || r.before[n-1].Until != done { // it had no other length here
		return err
	}
	if err := r.dir.Record(directory.Entry{Reopened: &directory.Reopened{Index: index, Name: final.name()}}); err != nil {
		return err
	}
	r.lengthened = true
	// The scores are those of the shorter training: they stay under another name.
	err = os.Rename(r.dir.Metrics(), filepath.Join(string(r.dir.Layout), fmt.Sprintf("metrics-after-%d-steps.json", done)))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// finishedWithState refuses a finished run whose state was not kept: there is nothing to go on
// from but its model.
func (r *coordinator) finishedWithState(done int) error {
	record, _, err := r.dir.ReadRecord()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(record.Done, func(d directory.StageDone) bool { return plan.Final(d.Name) })
	if at < 0 {
		return nil
	}
	_, whole, _, err := directory.OpenCheckpoints(r.dir.Checkpoints()).Newest(record.Done[at].Name, done)
	if err == nil && !whole {
		err = job.Refused(fmt.Errorf("%w: %s is finished, and the state that its training ended with was not kept (an older release made it, or it could not be written): begin another run with model.base: %s, which goes on with its heads",
			ErrCannotResume, r.dir.Layout, r.dir.Model()))
	}
	return err
}

// finalStage is the number of the stage whose model the run is for.
func (r *coordinator) finalStage() int {
	for i, s := range r.stages {
		if plan.Final(s.name()) {
			return i
		}
	}
	return len(r.stages)
}
