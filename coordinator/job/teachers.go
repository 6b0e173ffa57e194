package job

import (
	"errors"
	"fmt"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/run/plan"
)

// openTeacher checks a teacher folder that the run file names for the task.
func (t *Task) openTeacher(run *config.Run) (err error) {
	if t.Teacher.Path == "" || !run.Method.NeedsTeachers() {
		return nil
	}
	dir, err := hub.Resolve(t.Teacher.Path, run.BaseDir)
	if err != nil {
		return err
	}
	if t.Given, err = weights.Open(dir); err != nil {
		return err
	}
	if longest := t.Given.Config.Sizes().LongestText; longest > 0 && run.Train.MaxLength > longest {
		return fmt.Errorf("train.max_length is %d, but the teacher %s of task %s has %d positions", run.Train.MaxLength, dir, t.Name, longest)
	}
	if t.Match, err = t.Given.CheckTeacher(t.Name, t.Data.Labels.Classes()); err != nil {
		return err
	}
	_, err = t.Given.Hash() // reads every number
	return err
}

// checkTeacherTokens makes sure that given teachers read the ids that examples travel as.
func (j *Job) checkTeacherTokens() error {
	var problems []error
	for _, t := range j.Tasks {
		if t.Given == nil {
			continue
		}
		_, theirs, err := OpenModel(t.Given.Dir)
		if err != nil {
			problems = append(problems, fmt.Errorf("teacher of task %s: %w", t.Name, err))
		} else if theirs.Hash() != j.Tokenizer.Hash() {
			problems = append(problems, fmt.Errorf("the teacher %s of task %s has a different vocabulary from the model: a teacher reads the student's token ids", t.Given.Dir, t.Name))
		}
	}
	return errors.Join(problems...)
}

// TeacherKey is a hash over everything a trained teacher depends on.
func (j *Job) TeacherKey(t *Task, set plan.Settings) (string, error) {
	train := j.Run.Train
	parts := []any{
		"teacher 1", j.BaseHash, j.Tokenizer.Hash(), data.Hash(t.Corpus.Train), t.Corpus.Classes,
		set, train.MaxLength, train.WeightDecay, train.ClipNorm, train.Precision, j.Run.Model.Dropout,
	}
	if train.Freeze != "" {
		parts = append(parts, "freeze", train.Freeze)
	}
	if train.LayerDecay != 0 {
		parts = append(parts, "layer decay", train.LayerDecay)
	}
	if t.Kept != nil {
		parts = append(parts, "head kept", t.Kept.Head, t.Kept.Order)
	}
	return Key(parts...)
}
