package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/coordinator/job"
	"ringmaster/durable"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// teacher is a task's teacher in the course of a run: trained or given, then asked
// once for the logits of every training row.
type teacher struct {
	task *job.Task
	dir  string // the model's folder, once there is one
	// match says how the teacher numbers the task's classes.
	match  weights.Match
	logits *directory.TeacherLogits
}

// row gives a training row's logits in the task's order of classes.
func (t *teacher) row(r job.Row) ([]float32, error) {
	logits, ok := t.logits.Get(r.Key)
	if !ok {
		return nil, fmt.Errorf("teacher of %s: row %d has no logits", t.task.Name, r.Number)
	}
	return t.match.Reorder(logits), nil
}

// trainTeacher is the stage that trains a task's teacher. Teachers are kept beside the
// runs, by all that they depend on, so that another run with the same data, weights
// and settings takes the one that is there.
func (r *coordinator) trainTeacher(t *teacher) (*trainStage, error) {
	training := plan.TrainTeacher(plan.AsBegun(r.job.Run, r.before), t.task.Task)
	set := training.Settings
	key, err := r.job.TeacherKey(t.task, set)
	if err != nil {
		return nil, err
	}
	t.dir = filepath.Join(r.opts.TeacherDir, t.task.Name+"-"+key)
	return &trainStage{
		title: training.Stage, job: r.job, tasks: []*job.Task{t.task}, settings: set, offer: r.offer,
		ready: func() (bool, error) {
			if _, err := os.Stat(t.dir); errors.Is(err, fs.ErrNotExist) {
				return false, nil
			}
			if _, err := weights.Open(t.dir); err != nil {
				r.notify("the teacher of %s in %s is not usable and is trained again: %v", t.task.Name, t.dir, err)
				return false, nil
			}
			r.notify("teacher of %s: taken from %s (same data, weights and settings)", t.task.Name, t.dir)
			return true, nil
		},
	}, nil
}

// askTeacher is the stage that computes the logits that are still missing.
func (r *coordinator) askTeacher(t *teacher) *inferStage {
	keys := make([]directory.RowKey, len(t.task.Train))
	for i, row := range t.task.Train {
		keys[i] = row.Key
	}
	var missing []int
	return &inferStage{
		title:  "logits/" + t.task.Name,
		heads:  []protocol.Task{{Name: t.task.Name, Classes: t.task.Corpus.Classes, Head: t.match.Head}},
		folder: func() string { return t.dir },
		offer:  r.offer,
		list: func() ([]protocol.Example, error) {
			if err := r.openLogits(t); err != nil {
				return nil, err
			}
			missing = t.logits.Missing(keys)
			r.notify("teacher of %s: %d of %d training rows have logits already, %d to compute",
				t.task.Name, len(keys)-len(missing), len(keys), len(missing))
			examples := make([]protocol.Example, len(missing))
			for i, m := range missing {
				examples[i] = protocol.Example{IDs: t.task.Train[m].IDs}
			}
			return examples, nil
		},
		describe: func(position int) string {
			return fmt.Sprintf("row %d of task %s", t.task.Train[missing[position]].Number, t.task.Name)
		},
		got: func(position int, logits []float32) error {
			return t.logits.Add([]directory.RowKey{keys[missing[position]]}, [][]float32{logits})
		},
		complete: func() error { return errors.Join(r.keepLogits(t), r.reportQuality(t)) },
		kept:     func() error { return t.logits.SaveGrown() },
		found: func() error {
			if err := r.openLogits(t); err != nil {
				return err
			}
			if n := len(t.logits.Missing(keys)); n > 0 {
				return fmt.Errorf("%w: %d training rows of task %s have no teacher's logits in %s, where they were before: start the run anew",
					ErrCannotResume, n, t.task.Name, r.opts.TeacherDir)
			}
			return nil
		},
	}
}

// openLogits opens what is stored for the teacher's weights.
func (r *coordinator) openLogits(t *teacher) error {
	folder, err := weights.Open(t.dir)
	if err != nil {
		return err
	}
	hash, err := folder.Hash()
	if err != nil {
		return err
	}
	t.logits, err = directory.OpenTeacherStore(r.opts.TeacherDir).Open(directory.TeacherKey{
		Weights: hash, Tokenizer: r.job.Tokenizer.Hash(),
		MaxLength: r.job.Run.Train.MaxLength, Classes: len(t.task.Corpus.Classes),
	})
	if err != nil {
		return err
	}
	if damage := t.logits.Damage(); damage != nil {
		r.notify("%v; they are computed anew", damage)
	}
	return nil
}

// keepLogits saves a teacher's logits, and a copy in the run directory.
func (r *coordinator) keepLogits(t *teacher) error {
	if err := t.logits.Save(); err != nil {
		return err
	}
	dir := r.dir.Teachers()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return durable.LinkFile(t.logits.Path(), filepath.Join(dir, filepath.Base(t.logits.Path())))
}
