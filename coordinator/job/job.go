package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/kinds"
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
	// AdaptTarget is the target of a student that learns a source: its test rows are asked of
	// the source's head, and none of its labels is learnt. nil: the target is in Tasks.
	AdaptTarget *Task
	// Base is nil for an encoder that is still to be made (WithEncoder).
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
	Train, Valid, Test Rows
	Leaks              *leak.Report
	Length             *length.Report // nil for a pretraining
	// Teachers are those that the student learns from; none where the method needs none.
	Teachers []Teacher
	// Kept is the head of the job's Base that the task goes on with; nil: it is begun anew.
	Kept *weights.Match
	// Settings are what the targets of the task's losses depend on besides.
	Settings kinds.Settings
}

// Notify hears what is being prepared, a line each.
type Notify func(format string, args ...any)

// New reads and checks everything a run needs. All that is wrong is in one error,
// of kind ErrRefused. cacheDir keeps what other runs can use: token ids, and what
// baselines begin with.
func New(ctx context.Context, run *config.Run, cacheDir string, notify Notify) (*Job, error) {
	return (&Job{Run: run}).prepared(ctx, cacheDir, notify)
}

// Check refuses what New refuses, in the same words. It makes nothing but token ids: of a
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
		problems = append(problems, task.openTeachers(run))
	}
	if target, ok := run.Target(); ok && run.Adapts() {
		j.AdaptTarget = &Task{Task: target}
	}
	problems = append(problems, j.loadCorpora(ctx, notify), j.checkPositive())
	for _, t := range j.Tasks {
		t.setSettings(run.Train.LabelSmoothing)
	}
	if run.Model.Arch != "" && errors.Join(problems...) == nil {
		problems = append(problems, j.makeBaseline(ctx, cacheDir, notify))
	}
	if errors.Join(problems...) == nil {
		problems = append(problems, j.checkTeachers(notify), j.CheckPlan(), j.checkTrained(notify), j.tellUndeliverable(notify))
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, Refused(err)
	}
	if run.Model.Arch == "" {
		j.keepHeads(notify)
	}
	return j, j.encode(ctx, filepath.Join(cacheDir, "tokens"), notify)
}

// CheckPlan makes sure that every training has steps, in a number that can be counted. The first
// that has not is told: the run file's one number is wrong for all.
func (j *Job) CheckPlan(before ...plan.Length) error {
	dealt := map[string]plan.Task{}
	for _, t := range j.Tasks {
		dealt[t.Name] = t.Dealt()
	}
	for _, training := range plan.TrainingsAfter(j.Run, before) {
		var tasks []plan.Task
		for _, name := range training.Tasks {
			tasks = append(tasks, dealt[name])
		}
		if _, err := plan.NewStage(tasks, training.Settings); err != nil {
			return fmt.Errorf("%s: %w", training.Stage, err)
		}
	}
	return nil
}

// Planned is what the plan of the job's stages depends on, besides the run file.
func (j *Job) Planned() directory.Plan {
	p := directory.Plan{Taken: []string{}}
	for _, t := range j.Tasks {
		rows := make([]int, t.Train.Len())
		for i := range rows {
			rows[i] = t.Train.Number(i)
		}
		p.Tasks = append(p.Tasks, directory.PlannedTask{Name: t.Name, Rows: rows, Classes: t.Dealt().Classes})
	}
	return p
}

// tellUndeliverable says what a transformers pipeline on the model folder cannot do as training does.
func (j *Job) tellUndeliverable(notify Notify) error {
	t, ok := j.Tokenizer.(*tokens.Tokenizer)
	if !ok {
		return nil
	}
	steps, err := data.TokenizerSteps(t, j.Tasks[j.Target].Data.Clean)
	if err != nil {
		return err
	}
	_, problems, err := t.After(steps)
	for _, p := range problems {
		notify("with this model folder, transformers and predict will differ on some texts: %s", p)
	}
	return err
}
