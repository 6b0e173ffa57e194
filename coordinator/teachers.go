package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"ringmaster/coordinator/job"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
)

// teacher is a task's teacher in the course of a run: trained or given, then asked
// once for the logits of every training row.
type teacher struct {
	task   *job.Task
	number int    // among the task's
	dir    string // the model's folder, once there is one; empty for answers
	source job.Teacher
	logits *directory.TeacherLogits
}

// name is the task's; of further teachers with their number.
func (t *teacher) name() string {
	if t.number == 0 {
		return t.task.Name
	}
	return fmt.Sprintf("%s, teacher %d", t.task.Name, t.number+1)
}

// row gives a training row's logits in the task's order of classes.
func (t *teacher) row(r job.Row) ([]float32, error) {
	logits, ok := t.logits.Get(r.Key)
	if !ok {
		return nil, fmt.Errorf("teacher of %s: row %d has no logits", t.task.Name, r.Number)
	}
	return t.source.Match.Reorder(logits), nil
}

// ready says whether the teacher is at hand, trained by another run, so that nothing is to do.
func (t *teacher) ready(s *setup) bool {
	if _, err := os.Stat(t.dir); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if _, err := weights.Open(t.dir); err != nil {
		s.notify("the teacher of %s in %s cannot be used and is trained again: %v", t.name(), t.dir, err)
		return false
	}
	s.notify("teacher of %s: taken from %s (same data, weights and settings)", t.name(), t.dir)
	return true
}
