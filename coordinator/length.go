package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// lengths are those that the run's last training had. A run may be resumed with another length:
// more epochs, or other steps. Steps that are done keep the schedules that they were done
// under; from there on learning rate and λ follow the new length, and the order of examples
// continues. Teachers keep the length that they were begun with.
type lengths struct {
	*setup
	before  []plan.Length // before the run file's own
	changed bool          // since the run last ran
}

// find finds the lengths that the run had before.
func (l *lengths) find() error {
	if !l.opts.Resume {
		return nil
	}
	planned, err := l.dir.ReadPlan()
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, directory.ErrDamaged) {
		return err // a missing or damaged one is rebuilt and reported later
	}
	l.before = planned.Before
	was, err := config.LoadResolved(l.dir.Config())
	if err != nil {
		return nil // missing or damaged: the run file is the run's own by its hash
	}
	old, now := lengthOf(was), lengthOf(l.job.Run)
	if old == now {
		return nil
	}
	done, err := l.done()
	if err != nil {
		return err
	}
	if err := l.endedEarly(); err != nil {
		return err
	}
	old.Until = done
	l.before, l.changed = lengthsUntil(l.before, old), true
	if err := l.job.CheckPlan(l.before...); err != nil {
		return job.Refused(err)
	}
	if err := l.stateWasKept(done); err != nil {
		return err
	}
	l.notify("the length of the run changes from %s to %s: from step %d on, learning rate and λ follow the new length; teachers keep theirs", old, now, done)
	return nil
}

// lengthOf is how long the run's last training is to be.
func lengthOf(run *config.Run) plan.Length {
	if run.Train.Steps > 0 {
		return plan.Length{Steps: run.Train.Steps}
	}
	return plan.Length{Epochs: run.Train.Epochs}
}

// lengthsUntil adds the length that the run had last. After a rollback, the remaining steps may
// have an earlier length.
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

// done is how many steps of the run's last training are committed.
func (l *lengths) done() (int, error) {
	stage, steps, _, err := l.dir.Committed()
	if err != nil || !plan.Final(stage) {
		return 0, err
	}
	return steps, nil
}

// endedEarly refuses a run that ended early: with the same scores it would do so again.
func (l *lengths) endedEarly() error {
	record, _, err := l.dir.ReadRecord()
	if err != nil {
		return err
	}
	for _, j := range record.Judged {
		if j.Ends {
			return job.Refused(fmt.Errorf("%w: the training in %s ended early, after step %d (early_stop), so its length cannot be changed: to train further, start another run with model.base: %s",
				ErrCannotResume, l.dir.Layout, j.Steps, l.dir.Model()))
		}
	}
	return nil
}

// stateWasKept refuses a finished run whose state was not kept: only its model is left to
// continue from.
func (l *lengths) stateWasKept(done int) error {
	record, _, err := l.dir.ReadRecord()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(record.Done, func(d directory.StageDone) bool { return plan.Final(d.Name) })
	if at < 0 {
		return nil
	}
	_, whole, _, err := directory.OpenCheckpoints(l.dir.Checkpoints()).Newest(record.Done[at].Name, done)
	if err == nil && !whole {
		err = job.Refused(fmt.Errorf("%w: the run in %s is finished, and its final training state was not kept (an older release made it, or it could not be written): to train further, start another run with model.base: %s, which continues with its heads",
			ErrCannotResume, l.dir.Layout, l.dir.Model()))
	}
	return err
}
