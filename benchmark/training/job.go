package training

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"ringmaster/bench/peer"
	"ringmaster/benchmark/comparison"
	"ringmaster/benchmark/flops"
	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/run/directory"
)

// Job measures a distillation from given teachers: from the program's start to the student's last step.
// Its peers are Hugging Face Trainer with dynamic padding and the teachers inside the step, and the same
// with the teachers' logits computed beforehand, which counts too.
//
// The teachers are trained once, before the rounds. Each round computes their logits anew. A peer is one
// process with all cores, as Trainer is used on processors.
func Job(ctx context.Context, o Options) ([]comparison.Row, error) {
	if err := o.CheckJob(); err != nil {
		return nil, err
	}
	return measure(ctx, o, []string{"torch", "transformers", "accelerate"}, jobSides)
}

// studentStage is the stage of events.jsonl that trains the student.
const studentStage = "student"

// job is a distillation as both sides take it.
type job struct {
	file     string // run file
	run      *config.Run
	folder   string // the student's base
	shape    flops.Encoder
	corpora  []*data.Corpus
	lengths  map[string][]int // of each task's training rows, in tokens
	teachers map[string]string
	steps    int
}

func jobSides(ctx context.Context, b *bench, world int) ([]side, error) {
	j, err := b.readJob(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.trainTeachers(ctx, j, world); err != nil {
		return nil, err
	}
	sides := []side{{name: ours, measure: func(ctx context.Context, round int) (comparison.Sample, error) {
		return b.runJob(ctx, j, world, fmt.Sprintf("job-%d-%d", world, round))
	}}}
	if b.PeerPython == "" {
		return sides, nil
	}
	description := filepath.Join(b.dir, fmt.Sprintf("job-%d.json", world))
	if err := j.describe(description, b.threads(1)); err != nil {
		return nil, err
	}
	for _, p := range []struct{ name, mode string }{{"Trainer, teachers inside", "inside"}, {"Trainer, logits cached", "cached"}} {
		sides = append(sides, side{name: p.name, measure: func(ctx context.Context, _ int) (comparison.Sample, error) {
			a, err := b.runPeer(ctx, 1, "distil_trainer.py", peer.DistilTrainer, description, p.mode)
			s := comparison.Sample{Seconds: a.Seconds, Examples: a.Examples, Tokens: a.Tokens, CPUSeconds: a.CPUSeconds, PeakBytes: a.PeakBytes}
			s.Operations = j.operations(a.Examples)
			return s, err
		}})
	}
	return sides, nil
}

// readJob reads the run file, and its corpora as the run will divide them.
func (b *bench) readJob(ctx context.Context) (*job, error) {
	j := &job{file: b.RunFile, lengths: map[string][]int{}}
	if j.file == "" {
		if err := b.writeJob(); err != nil {
			return nil, err
		}
		j.file = filepath.Join(b.dir, "job.yaml")
	}
	var err error
	if j.run, err = config.Load(j.file, config.LoadOptions{}); err != nil {
		return nil, err
	}
	if !j.run.Method.NeedsTeachers() || j.run.Model.Arch != "" {
		return nil, fmt.Errorf("%w: %s: the peers distil BERTs: want method %s or %s, and model.base", ErrOptions, j.file, config.DistillAnn, config.Distill)
	}
	if j.folder, j.shape, err = shapeOf(j.run.Model.Base, j.run.BaseDir); err != nil {
		return nil, err
	}
	encoder, err := tokens.OpenFolder(j.folder)
	if err != nil {
		return nil, err
	}
	for _, task := range j.run.Tasks {
		if task.Pretrain {
			continue
		}
		corpus, err := data.Load(ctx, j.run.BaseDir, task)
		if err != nil {
			return nil, err
		}
		texts := make([]string, corpus.Train.Len())
		err = corpus.Train.Each(func(i int, e data.Example) error {
			texts[i] = e.Text
			return nil
		})
		if err != nil {
			return nil, err
		}
		list, _, err := tokens.Sequences(ctx, encoder, texts, j.run.Train.MaxLength)
		if err != nil {
			return nil, err
		}
		for _, row := range list {
			j.lengths[task.Name] = append(j.lengths[task.Name], len(row.IDs))
		}
		j.corpora = append(j.corpora, corpus)
	}
	return j, nil
}

// trainTeachers runs the job once: its teachers are those of all rounds.
func (b *bench) trainTeachers(ctx context.Context, j *job, world int) error {
	b.report(world, 0, "training the teachers")
	r, err := b.runOurs(ctx, false, "train", j.file, fmt.Sprintf("teachers-%d", world), world, b.jobFlags(nil)...)
	if err != nil {
		return err
	}
	plan, err := r.dir.ReadPlan()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOurs, err)
	}
	j.teachers = plan.Teachers
	for _, e := range r.events {
		if e.Stage == studentStage {
			j.steps = e.Total
		}
	}
	if j.steps == 0 || len(j.teachers) == 0 {
		return fmt.Errorf("%w: its run recorded %d steps of the student and %d teachers", ErrOurs, j.steps, len(j.teachers))
	}
	return nil
}

// jobFlags are the keys of the run file that the benchmark sets.
func (b *bench) jobFlags(teachers map[string]string) []string {
	flags := []string{"--set", "checkpoint.every=0", "--set", "train.precision=" + string(b.Precision)}
	if b.Steps > 0 {
		flags = append(flags, "--set", "train.steps="+strconv.Itoa(b.Steps))
	}
	for task, folder := range teachers {
		flags = append(flags, "--set", fmt.Sprintf("tasks.%s.teacher.path=%s", task, folder))
	}
	return flags
}

// runJob is a round of ours.
func (b *bench) runJob(ctx context.Context, j *job, world int, name string) (comparison.Sample, error) {
	r, err := b.runOurs(ctx, false, "train", j.file, name, world, b.jobFlags(j.teachers)...)
	if err != nil {
		return comparison.Sample{}, err
	}
	s := comparison.Sample{CPUSeconds: r.cpuSeconds / float64(j.steps), PeakBytes: r.peakBytes}
	var last directory.Event
	for _, e := range r.events {
		if e.Stage != studentStage {
			return s, fmt.Errorf("%w: its run trained %s, which was given", ErrOurs, e.Stage)
		}
		for task, count := range e.Examples {
			s.Examples += float64(count)
			s.Tokens += float64(count) * mean(j.lengths[task])
		}
		last = e
	}
	if len(r.events) != j.steps {
		return s, fmt.Errorf("%w: its run committed %d steps, want %d", ErrOurs, len(r.events), j.steps)
	}
	s.Seconds = last.Time.Sub(r.began).Seconds()
	s.Operations = j.operations(s.Examples)
	return s, nil
}

// operations is the arithmetic of so many examples' training, and of one pass of the teachers over
// every training row.
func (j *job) operations(examples float64) float64 {
	rows, training, teachers := 0, 0.0, 0.0
	for _, lengths := range j.lengths {
		for _, n := range lengths {
			training += j.shape.Train(n)
			teachers += j.shape.Forward(n)
		}
		rows += len(lengths)
	}
	return examples*training/float64(rows) + teachers
}

func mean(values []int) float64 {
	sum := 0
	for _, v := range values {
		sum += v
	}
	return float64(sum) / float64(max(1, len(values)))
}

// describe writes the job for the peer's script.
func (j *job) describe(path string, threads int) error {
	type task struct {
		Classes int      `json:"classes"`
		Texts   []string `json:"texts"`
		Labels  []int    `json:"labels"`
	}
	var tasks []task
	for _, c := range j.corpora {
		t := task{Classes: len(c.Classes)}
		err := c.Train.Each(func(_ int, e data.Example) error {
			if _, _, pair := e.Texts(); pair {
				return fmt.Errorf("%w: task %s has two texts a row, which the peers do not read: name a run file of one text a row", ErrOptions, c.Task)
			}
			t.Texts, t.Labels = append(t.Texts, e.Text), append(t.Labels, e.Class)
			return nil
		})
		if err != nil {
			return err
		}
		tasks = append(tasks, t)
	}
	train := j.run.Train
	content, err := json.Marshal(document{
		"base": j.folder, "tasks": tasks, "threads": threads, "steps": j.steps, "batch": train.Batch, "lr": train.LR,
		"warmup": train.Warmup, "weight_decay": train.WeightDecay, "clip_norm": train.ClipNorm, "max_length": train.MaxLength,
		"sampling_exponent": train.SamplingExponent, "annealed": j.run.Method == config.DistillAnn, "seed": train.Seed,
		"precision": train.Precision,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}
