package coordinator

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// Job is a run that has been found possible: its corpora are read, its texts are
// tokens, its model folders are whole. Making one starts nothing and writes nothing
// but to the cache.
type Job struct {
	Run    *config.Run
	Tasks  []*Task // the student's tasks, in the run file's order
	Target int     // index in Tasks of the target, or of the source in its place
	// Elsewhere is the target of a student that learns a source: its test rows are asked of
	// the source's head, and none of its labels is learnt. nil: the target is in Tasks.
	Elsewhere *Task
	// Base is nil for an encoder that is still to be made (Upon).
	Base      *weights.Folder
	BaseHash  string
	Tokenizer tokens.Encoder
	// Masked is what a pretraining has besides; its Tasks is the one plan.MaskedTask. nil for
	// a run that trains a student.
	Masked *MaskedCorpora

	// checking: the job is not to be run.
	checking bool
	told     []*Task // the tasks whose corpora were read, for corpora.json
}

// Task is a task with its data at hand.
type Task struct {
	config.Task
	Corpus             *data.Corpus
	Train, Valid, Test []Row
	Leaks              *leak.Report
	Length             *length.Report // nil for a pretraining
	// Given is the teacher folder that the run file names; nil when one is trained.
	Given *weights.Folder
	Match weights.Match // how Given's classes are numbered
	// Kept is the head of the job's Base that the task goes on with; nil: it is begun anew.
	Kept *weights.Match
}

// Row is an example as tokens.
type Row struct {
	Number int // of the record in the task's files; what the ledger calls it
	Class  int
	IDs    []int32
	Key    directory.RowKey
}

// Notify hears what is being prepared, a line each.
type Notify func(format string, args ...any)

// NewJob reads and checks everything a run needs. All that is wrong is in one error,
// of kind ErrRefusedInput. cacheDir keeps what other runs can use: token ids, and what
// baselines begin with.
func NewJob(ctx context.Context, run *config.Run, cacheDir string, notify Notify) (*Job, error) {
	return (&Job{Run: run}).prepared(ctx, cacheDir, notify)
}

// Check refuses what NewJob refuses, in the same words. It makes nothing but token ids: of a
// baseline neither vectors are trained nor is the folder written that it begins with; and what
// corpora are like is not looked into.
func Check(ctx context.Context, run *config.Run, cacheDir string) error {
	_, err := (&Job{Run: run, checking: true}).prepared(ctx, cacheDir, func(string, ...any) {})
	return err
}

// prepared is the job with everything at hand; of one that only checks, without a baseline's base.
func (j *Job) prepared(ctx context.Context, cacheDir string, notify Notify) (*Job, error) {
	if j.Run.Method == config.MaskedLM {
		return j.preparedToPretrain(ctx, cacheDir, notify)
	}
	run := j.Run
	var problems []error
	if run.Model.Arch == "" {
		problems = append(problems, j.openBase())
	}
	for i, t := range run.StudentTasks() {
		task := &Task{Task: t}
		j.Tasks = append(j.Tasks, task)
		if t.Target {
			j.Target = i
		}
		problems = append(problems, task.openTeacher(run))
	}
	if target, ok := run.Target(); ok && run.Adapts() {
		j.Elsewhere = &Task{Task: target}
	}
	problems = append(problems, j.loadCorpora(ctx, notify), j.checkPositive())
	if run.Model.Arch != "" && errors.Join(problems...) == nil {
		problems = append(problems, j.makeBaseline(ctx, cacheDir, notify))
	}
	if errors.Join(problems...) == nil {
		problems = append(problems, j.checkTeacherTokens(), j.checkPlan(), j.tellUndeliverable(notify))
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &refusal{err}
	}
	if run.Model.Arch == "" {
		j.keepHeads(notify)
	}
	return j, j.encode(ctx, filepath.Join(cacheDir, "tokens"), notify)
}

// checkPlan makes sure that every training has steps, in a number that can be counted. The first
// that has not is told: the run file's one number is wrong for all.
func (j *Job) checkPlan(before ...plan.Length) error {
	sizes := map[string]int{}
	for _, t := range j.Tasks {
		sizes[t.Name] = max(len(t.Corpus.Train), len(t.Train)) // of a pretraining, packed sequences
	}
	for _, training := range plan.TrainingsAfter(j.Run, before) {
		var tasks []plan.Task
		for _, name := range training.Tasks {
			tasks = append(tasks, plan.Task{Name: name, Size: sizes[name]})
		}
		if _, err := plan.NewStage(tasks, training.Settings); err != nil {
			return fmt.Errorf("%s: %w", training.Stage, err)
		}
	}
	return nil
}

// Judged is the task whose test rows judge the run.
func (j *Job) Judged() *Task {
	if j.Elsewhere != nil {
		return j.Elsewhere
	}
	return j.Tasks[j.Target]
}

// read lists the tasks whose corpora are read.
func (j *Job) read() []*Task {
	if j.Elsewhere == nil {
		return j.Tasks
	}
	return append(slices.Clone(j.Tasks), j.Elsewhere)
}

// planned is what the plan of the job's stages depends on, besides the run file.
func (j *Job) planned() directory.Plan {
	p := directory.Plan{Taken: []string{}}
	for _, t := range j.Tasks {
		rows := make([]int, len(t.Train))
		for i, row := range t.Train {
			rows[i] = row.Number
		}
		p.Tasks = append(p.Tasks, directory.PlannedTask{Name: t.Name, Rows: rows})
	}
	return p
}

// tellUndeliverable says what a transformers pipeline on the model folder cannot do as training does.
func (j *Job) tellUndeliverable(notify Notify) error {
	t, ok := j.Tokenizer.(*tokens.Tokenizer)
	if !ok {
		return nil
	}
	steps, err := data.Replacements(j.Tasks[j.Target].Data.Clean)
	if err != nil {
		return err
	}
	_, problems, err := t.After(steps)
	for _, p := range problems {
		notify("the model folder will answer some texts otherwise in transformers than in predict: %s", p)
	}
	return err
}

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
			problems = append(problems, fmt.Errorf("the teacher %s of task %s has another vocabulary than the model; a teacher reads the student's token ids", t.Given.Dir, t.Name))
		}
	}
	return errors.Join(problems...)
}

func (j *Job) loadCorpora(ctx context.Context, notify Notify) error {
	tasks := j.read()
	failed := make([]error, len(tasks))
	var group errgroup.Group
	for i, t := range tasks {
		group.Go(func() error {
			t.Corpus, failed[i] = data.Load(ctx, j.Run.BaseDir, t.Task)
			return nil
		})
	}
	_ = group.Wait() // each task's own error is in failed, so that all are told
	for i, t := range tasks {
		if failed[i] == nil {
			switch {
			case t == j.Elsewhere && len(t.Corpus.Test) == 0:
				failed[i] = fmt.Errorf("task %s: it has no test rows, and what learns %s is judged by them", t.Name, j.Run.Source)
			case t != j.Elsewhere && len(t.Corpus.Train) == 0:
				failed[i] = fmt.Errorf("task %s: no training row is left", t.Name)
			case t != j.Elsewhere && j.Run.Method != config.MaskedLM:
				failed[i] = oneClass(t)
			}
		}
	}
	for i, t := range tasks {
		if failed[i] == nil && !j.checking {
			failed[i] = j.tellCorpus(ctx, t, notify)
		}
	}
	j.told = tasks
	if err := errors.Join(failed...); err != nil || j.checking || j.Run.Method == config.MaskedLM {
		return err
	}
	return j.tellAcross(ctx, notify)
}

// checkPositive makes sure that what chooses a student of a source and what tests it on the
// target are F1 of the same class.
func (j *Job) checkPositive() error {
	target := j.Elsewhere
	if target == nil || target.Corpus == nil || j.Tasks[j.Target].Corpus == nil {
		return nil
	}
	source := j.Tasks[j.Target]
	if source.positive() == target.positive() {
		return nil
	}
	return fmt.Errorf("the source %s is judged by class %s (%s), the target %s by class %s (%s): name the class in both, tasks.%s.positive and tasks.%s.positive",
		source.Name, source.positive(), source.Corpus.Report.Positive.Why, target.Name, target.positive(), target.Corpus.Report.Positive.Why, source.Name, target.Name)
}

// oneClass refuses training rows that are all of one class: there is nothing to tell apart.
func oneClass(t *Task) error {
	for _, e := range t.Corpus.Train {
		if e.Class != t.Corpus.Train[0].Class {
			return nil
		}
	}
	return fmt.Errorf("task %s: all of its %d training rows are of class %s, so there is nothing to learn: look at its labels, and at how its files are divided",
		t.Name, len(t.Corpus.Train), t.Corpus.Classes[t.Corpus.Train[0].Class])
}

func (j *Job) encode(ctx context.Context, cacheDir string, notify Notify) error {
	cache, err := tokens.OpenCache(cacheDir)
	if err != nil {
		return err
	}
	for _, t := range j.Tasks {
		if err := j.encoded(ctx, cache, t, notify, partRows{t.Corpus.Train, &t.Train}, partRows{t.Corpus.Valid, &t.Valid}, partRows{t.Corpus.Test, &t.Test}); err != nil {
			return err
		}
	}
	if t := j.Elsewhere; t != nil {
		return j.encoded(ctx, cache, t, notify, partRows{t.Corpus.Test, &t.Test})
	}
	return nil
}
