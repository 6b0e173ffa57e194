package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// Teacher is one of a task's teachers: a folder that the run file names, a file of answers, or, where it is
// neither, a model that the run trains.
type Teacher struct {
	Given *weights.Folder
	Match weights.Match // how Given's classes are numbered
	// Tokenizer is Given's own, where it reads other ids than the student; nil: the job's.
	Tokenizer tokens.Encoder
	Answers   *Answers
}

// hash is what a given teacher's logits depend on; empty for one that the run trains.
func (t Teacher) hash() (string, error) {
	switch {
	case t.Answers != nil:
		return t.Answers.Key(), nil
	case t.Given == nil:
		return "", nil
	case t.Tokenizer == nil:
		return t.Given.Hash()
	}
	hash, err := t.Given.Hash()
	return hash + " " + t.Tokenizer.Hash(), err
}

// openTeachers checks what the run file says of the task's teachers.
func (t *Task) openTeachers(run *config.Run) error {
	if !run.Method.NeedsTeachers() {
		return nil
	}
	var problems []error
	for _, path := range t.Teacher.Folders() {
		given, err := t.openTeacher(run, path)
		problems = append(problems, err)
		t.Teachers = append(t.Teachers, given)
	}
	if file := t.Teacher.Answers; file != "" {
		answers, err := readAnswers(run.Path(file), file, t.Kind, t.Outputs(), t.Teacher.Unanswered)
		problems = append(problems, err)
		t.Teachers = append(t.Teachers, Teacher{Answers: answers})
	}
	t.Teachers = append(t.Teachers, make([]Teacher, t.Teacher.Trained())...)
	return errors.Join(problems...)
}

// openTeacher checks a teacher's folder. A run directory stands for the student in it.
func (t *Task) openTeacher(run *config.Run, path string) (given Teacher, err error) {
	dir, err := hub.Resolve(path, run.BaseDir)
	if err != nil {
		return given, err
	}
	if model := directory.Layout(dir).Model(); isFolder(model) {
		dir = model
	}
	if given.Given, err = weights.Open(dir); err != nil {
		return given, err
	}
	if longest := given.Given.Config.Sizes().LongestText; longest > 0 && run.Train.MaxLength > longest {
		return given, fmt.Errorf("train.max_length is %d, but the teacher %s of task %s has %d positions", run.Train.MaxLength, dir, t.Name, longest)
	}
	if given.Match, err = given.Given.CheckTeacher(t.Name, t.Kind, t.Outputs()); err != nil {
		return given, err
	}
	_, err = given.Given.Hash() // reads every number
	return given, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// checkTeachers opens the tokenizers of given teachers, and holds answers against the training rows. A teacher
// with another vocabulary than the student's reads its own ids of the same texts.
func (j *Job) checkTeachers(notify Notify) error {
	var problems []error
	for _, t := range j.Tasks {
		if j.Run.Distill.Standardize && len(t.Teachers) > 0 && t.Kind.OneClass() && len(t.Outputs()) == 2 {
			notify("task %s has two classes: its logits are not standardised, since only their order would be left (distill.standardize)", t.Name)
		}
		for i := range t.Teachers {
			teacher := &t.Teachers[i]
			switch {
			case teacher.Answers != nil:
				problems = append(problems, teacher.Answers.match(t, notify))
			case teacher.Given != nil:
				_, theirs, err := OpenModel(teacher.Given.Dir)
				if err != nil {
					problems = append(problems, fmt.Errorf("teacher of task %s: %w", t.Name, err))
				} else if theirs.Hash() != j.Tokenizer.Hash() {
					teacher.Tokenizer = theirs
					notify("the teacher %s of task %s has a vocabulary of its own: it reads its own tokens of the training texts, at most %d each",
						teacher.Given.Dir, t.Name, j.Run.Train.MaxLength)
				}
			}
		}
	}
	return errors.Join(problems...)
}

// TeacherReads are the ids that a teacher reads of a training row.
func (j *Job) TeacherReads(t *Task, teacher Teacher, row int) (tokens.Pair, error) {
	if teacher.Tokenizer == nil {
		r, err := t.Train.At(row)
		return tokens.Pair{IDs: r.IDs, Second: r.Second}, err
	}
	e, err := t.Corpus.Train.At(row)
	if err != nil {
		return tokens.Pair{}, err
	}
	read, _, err := tokens.Sequence(teacher.Tokenizer, e.Text, j.Run.Train.MaxLength)
	if err != nil {
		return tokens.Pair{}, fmt.Errorf("task %s, row %d: %w", t.Name, e.Row, err)
	}
	return read, nil
}

// TeacherKey is a hash over everything a trained teacher depends on.
func (j *Job) TeacherKey(t *Task, set plan.Settings) (string, error) {
	train := j.Run.Train
	rows, err := data.Hash(t.Corpus.Train)
	if err != nil {
		return "", err
	}
	parts := []any{
		"teacher 1", j.BaseHash, j.Tokenizer.Hash(), rows, t.Corpus.Classes,
		set, train.MaxLength, train.WeightDecay, train.ClipNorm, train.Precision, j.Run.Model.Dropout,
	}
	if train.Freeze != "" {
		parts = append(parts, "freeze", train.Freeze)
	}
	if lora := plan.LoRA(train); lora.On() {
		parts = append(parts, "lora", lora)
	}
	if train.NotFinite == config.SkipNotFinite {
		parts = append(parts, "not finite", train.NotFinite)
	}
	if dtype := j.Run.Cluster.GradientDtype; dtype != "" && dtype != "float32" {
		parts = append(parts, "gradients", dtype)
	}
	if train.LayerDecay != 0 {
		parts = append(parts, "layer decay", train.LayerDecay)
	}
	if train.HeadLR != 0 {
		parts = append(parts, "head rate", train.HeadLR)
	}
	if t.Kept != nil {
		parts = append(parts, "head kept", t.Kept.Head, t.Kept.Order)
	}
	if t.Kind != "" {
		parts = append(parts, "kind", t.Kind)
	}
	if t.Loss != "" {
		parts = append(parts, "loss", t.Loss)
	}
	if t.Sampling != "" {
		parts = append(parts, "sampling", t.Sampling)
	}
	if settings, err := json.Marshal(t.Settings); err != nil {
		return "", err
	} else if string(settings) != "{}" {
		parts = append(parts, "settings", t.Settings)
	}
	return Key(parts...)
}
