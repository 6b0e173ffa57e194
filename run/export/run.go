package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// Request says which model of a run is wanted.
type Request struct {
	Run directory.Layout
	// Step is a checkpoint's; nil takes the finished model, or the newest checkpoint of a run
	// that has none.
	Step *int
	// Task is whose head transformers loads; empty is the run's target.
	Task string
	// Teacher asks for the teacher of Task in place of the student.
	Teacher bool
	// Out is the new folder; empty is one in the run directory.
	Out string
}

// Made is an exported folder.
type Made struct {
	Dir  string
	From string // the folder that it was made of
	Head string // the task that transformers loads; empty for a masked language model
}

// FromRun makes a model folder of what a run directory holds. Nothing in the directory but a
// new folder below export/ changes, and the run may be under way.
func FromRun(ctx context.Context, q Request) (Made, error) {
	switch holds, err := q.Run.HoldsRun(); {
	case err != nil:
		return Made{}, err
	case !holds:
		return Made{}, fmt.Errorf("%s: %w: nothing to export", q.Run, directory.ErrNoRun)
	}
	run, err := config.LoadResolved(q.Run.Config())
	if err != nil {
		return Made{}, err
	}
	planned, err := q.Run.ReadPlan()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Made{}, err
	}
	r := runModels{Request: q, run: run, planned: planned}
	m, err := r.model()
	if err != nil {
		return Made{}, err
	}
	from, step, err := r.source()
	if err != nil {
		return Made{}, err
	}
	if m.Base, err = r.base(); err != nil {
		return Made{}, err
	}
	made := Made{From: from, Dir: q.Out, Head: m.target()}
	if made.Dir == "" {
		made.Dir = filepath.Join(string(q.Run), "export", strings.Trim(step+"-"+made.Head, "-"))
	}
	if err := Checkpoint(ctx, from, made.Dir, m); err != nil || q.Teacher {
		return made, err
	}
	return made, r.copyThresholds(made.Dir)
}

// copyThresholds takes over the thresholds that the run has chosen for the student it delivered.
func (r runModels) copyThresholds(dir string) error {
	thresholds, err := data.ReadThresholds(r.Run.Model())
	if err != nil || thresholds == nil {
		return err
	}
	return data.WriteThresholds(dir, thresholds)
}

// runModels finds the models of a run.
type runModels struct {
	Request
	run     *config.Run
	planned directory.Plan
}

// stage is the training stage whose model is wanted.
func (r runModels) stage() string {
	switch {
	case r.Teacher:
		return plan.TeacherStage(r.Task)
	case r.run.Method == config.MaskedLM:
		return plan.PretrainStage
	}
	return plan.StudentStage
}

// model says what heads the stage's model has.
func (r runModels) model() (Model, error) {
	if r.run.Method == config.MaskedLM {
		if r.Task != "" || r.Teacher {
			return Model{}, fmt.Errorf("%w: %s is a pretraining run, and its model has no classification heads: leave out --task and --teacher", ErrNoTask, r.Run)
		}
		return Model{Recipe: data.RecipeOf([]config.Task{plan.MaskedCorpora(r.run)}, r.run.Train.MaxLength)}, nil
	}
	tasks := r.run.StudentTasks()
	if r.Teacher {
		if !r.run.Method.NeedsTeachers() {
			return Model{}, fmt.Errorf("%w: the run's method is %s, which has no teachers", ErrNoTask, r.run.Method)
		}
		tasks = slices.DeleteFunc(slices.Clone(tasks), func(t config.Task) bool { return t.Name != r.Task })
	}
	at := slices.IndexFunc(tasks, func(t config.Task) bool {
		return t.Name == r.Task || r.Task == "" && (t.Target || len(tasks) == 1)
	})
	if at < 0 {
		var names []string
		for _, t := range r.run.StudentTasks() {
			names = append(names, t.Name)
		}
		return Model{}, fmt.Errorf("%w: %q; the run has %s", ErrNoTask, r.Task, strings.Join(names, ", "))
	}
	m := Model{Recipe: data.RecipeOf(tasks, r.run.Train.MaxLength), LoRA: plan.LoRA(r.run.Train)}
	for i, t := range tasks {
		m.Heads = append(m.Heads, Head{Task: t.Name, Kind: t.Kind, Classes: t.HeadOutputs(), Scale: r.planned.Scales[t.Name], Target: i == at})
	}
	return m, nil
}

// target is the task whose head transformers loads.
func (m Model) target() string {
	for _, h := range m.Heads {
		if h.Target {
			return h.Task
		}
	}
	return ""
}

// source is the folder to make the model of, and what it is called.
func (r runModels) source() (dir, name string, err error) {
	stage := r.stage()
	if r.Step == nil {
		if dir := r.finished(); dir != "" && holdsFolder(dir) {
			return dir, strings.ReplaceAll(stage, "/", "-"), nil
		}
	}
	list, err := directory.OpenCheckpoints(r.Run.Checkpoints()).Of(stage)
	if err != nil {
		return "", "", err
	}
	var steps []string
	for _, c := range list {
		if r.Step != nil && c.Step != *r.Step {
			steps = append(steps, fmt.Sprint(c.Step))
			continue
		}
		if r.Step == nil {
			c = list[len(list)-1]
		}
		return c.Dir, filepath.Base(c.Dir), c.Verify()
	}
	switch {
	case r.Step == nil:
		return "", "", fmt.Errorf("%w: %s has neither a model nor a checkpoint of %s", ErrNoModel, r.Run, stage)
	case len(steps) == 0:
		return "", "", fmt.Errorf("%w: %s has no checkpoint of %s; checkpoint.every and checkpoint.keep set how often checkpoints are written and how many are kept", ErrNoModel, r.Run, stage)
	}
	return "", "", fmt.Errorf("%w: %s has no checkpoint of %s at step %d; it has checkpoints at steps %s", ErrNoModel, r.Run, stage, *r.Step, strings.Join(steps, ", "))
}

// finished is where the stage's finished model lies, or would.
func (r runModels) finished() string {
	if !r.Teacher {
		return r.Run.Model()
	}
	for _, t := range r.run.Tasks {
		if t.Name == r.Task && t.Teacher.Path != "" {
			dir, err := hub.Resolve(t.Teacher.Path, r.run.BaseDir)
			if err != nil {
				return ""
			}
			return dir
		}
	}
	trained := r.planned.Teachers[r.Task]
	if brought := filepath.Join(r.Run.Teachers(), filepath.Base(trained)); trained != "" && isFolder(brought) && !isFolder(trained) {
		return brought // the run directory was copied here from elsewhere
	}
	return trained
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// base opens the folder that the run began with.
func (r runModels) base() (*weights.Folder, error) {
	dir := r.planned.Base
	if dir == "" { // a run of an older release
		if r.run.Model.Arch != "" {
			return nil, fmt.Errorf("%w: %s does not record the folder of its vocabulary and word vectors; runs of older releases did not", ErrBase, r.Run)
		}
		var err error
		if dir, err = hub.Resolve(r.run.Model.Base, r.run.BaseDir); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBase, err)
		}
	}
	if !isFolder(dir) && isFolder(r.Run.Model()) {
		dir = r.Run.Model() // of a run directory that was copied here from elsewhere: it has the same
	}
	base, err := weights.Open(dir, weights.AllowNoPooler())
	if err != nil {
		return nil, fmt.Errorf("%w: the configuration and vocabulary of %s, which the run started from, are needed: %w", ErrBase, dir, err)
	}
	if r.planned.Tokenizer == "" {
		return base, nil
	}
	tokenizer, err := data.OpenTokenizer(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBase, err)
	}
	if tokenizer.Hash() != r.planned.Tokenizer {
		return nil, fmt.Errorf("%w: the tokenizer of %s has changed since the run was started", ErrBase, dir)
	}
	return base, nil
}
