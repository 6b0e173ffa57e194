package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// Options say what is to be reproduced, and how.
type Options struct {
	Table experiments.Table
	// Load reads the base run file, File as a person named it.
	Load experiments.Load
	File string
	Make experiments.Options
	// Choices are tried for every encoder's row, BaselineChoices for every baseline: each
	// a list of KEY=VALUE. None, or one, leaves nothing to choose.
	Choices, BaselineChoices [][]string
	Seeds                    int
	Resplit                  bool
	// Folds, above 0, is a cross-validation: every seed is that of a fold of the target's rows, and so each seed after
	// the last fold divides the rows anew.
	Folds int
	// Published stand in place of the paper's numbers, or beside rows that it has no number for.
	Published  experiments.Published
	KeepModels bool

	// Runs is where cells and teachers are kept, Dir is the experiment's own directory.
	Runs, Dir string
	// Prepare makes a job of a run, Engine carries it out in a run directory, or goes on
	// with what is there.
	Prepare func(ctx context.Context, run *config.Run) (*job.Job, error)
	Engine  func(ctx context.Context, job *job.Job, dir *directory.Dir, resume bool) error
	Notify  func(format string, args ...any)
}

// Plan is an experiment that has been found possible.
type Plan struct {
	o      Options
	record Record
	cells  []*cell   // in the order in which they are computed
	bySeed [][]*cell // the same, by seed
	table  *seldom   // rewrites the table
}

// cell is one run to be: of a row, or the pretraining of its encoder.
type cell struct {
	name  string // what cells of like cost share: the row's
	title string // kd-annealed-both, lr 5e-5, seed 3
	seed  uint64
	key   string
	dir   string
	job   *job.Job
	steps int
	// encoder is the pretraining whose encoder the cell begins with; nil: the run file's.
	encoder *cell
}

// MostSeeds is far more runs of a row than anybody waits for.
const MostSeeds = 10_000

// NewPlan derives every row's run files and checks them with their data. Rows that cannot
// be made from the base are left out, and named in the record.
func NewPlan(ctx context.Context, o Options) (*Plan, error) {
	if o.Seeds < 1 || o.Seeds > MostSeeds {
		return nil, fmt.Errorf("%w: the number of seeds must be from 1 to %d, not %d", ErrOptions, MostSeeds, o.Seeds)
	}
	p := &Plan{o: o, record: Record{
		Experiment: o.Table.Name, Title: o.Table.Title, Paper: o.Table.Paper, About: o.Table.About, Question: o.Table.Question,
		File: o.File, Resplit: o.Resplit, Folds: o.Folds, Skipped: []Skipped{}, Published: map[string]float64{},
	}}
	for row, f := range o.Published[o.Table.Name] {
		p.record.Published[row] = f.F1
	}
	jobs := jobs{prepare: o.Prepare, known: map[string]*job.Job{}}
	p.bySeed = make([][]*cell, o.Seeds)
	for _, row := range o.Table.Rows {
		record, err := p.planRow(ctx, row, &jobs)
		if errors.Is(err, experiments.ErrNotMade) {
			p.record.Skipped = append(p.record.Skipped, Skipped{Row: row.Name, Why: err.Error()})
			o.Notify("%s is left out: %v", row.Name, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", row.Name, err)
		}
		p.record.Rows = append(p.record.Rows, record)
	}
	if len(p.record.Rows) == 0 {
		return nil, fmt.Errorf("%w with %s: see above", ErrNothing, o.File)
	}
	for _, cells := range p.bySeed {
		p.cells = append(p.cells, cells...)
	}
	return p, p.checkJudged()
}

// checkJudged refuses runs whose scores cannot be compared: of different targets, or kinds of target.
func (p *Plan) checkJudged() error {
	var first *cell
	for _, c := range p.cells {
		switch {
		case c.pretrains():
		case first == nil:
			first = c
		case judged(c.job) != judged(first.job):
			return fmt.Errorf("%w: %s is judged by %s, and %s by %s: runs of a table need one target of one kind", ErrOptions, c.title, judged(c.job), first.title, judged(first.job))
		}
	}
	return nil
}

// planRow plans a row's cells, for every choice and seed.
func (p *Plan) planRow(ctx context.Context, row experiments.Row, jobs *jobs) (RowRecord, error) {
	record := RowRecord{Name: row.Name}
	record.declare(row)
	choices := p.o.Choices
	if row.Family == experiments.Baseline {
		choices = p.o.BaselineChoices
	}
	if len(choices) == 0 {
		choices = [][]string{nil}
	}
	var encoder *cell
	if row.Corpus != "" {
		var err error
		if encoder, err = p.planPretraining(ctx, row); err != nil {
			return record, err
		}
		if record.Pretraining, err = relativeTo(p.o.Dir, encoder.dir); err != nil {
			return record, err
		}
		p.bySeed[0] = append(p.bySeed[0], encoder)
	}
	for _, choice := range choices {
		c := ChoiceRecord{Set: choice}
		for i := range p.o.Seeds {
			run, err := p.o.Table.Derive(row, p.o.Make, p.o.Load, choice...)
			if err != nil {
				return record, err
			}
			reseed(run, uint64(i), p.o.Resplit)
			if p.o.Folds > 0 {
				if err := takeFold(run, i, p.o.Folds); err != nil {
					return record, err
				}
			}
			made, err := p.newCell(ctx, row, choice, run, jobs, encoder)
			if err != nil {
				return record, err
			}
			if p.o.Folds > 0 {
				made.title += fmt.Sprintf(", fold %d of %d", i%p.o.Folds+1, p.o.Folds)
			}
			if len(p.record.Seeds) <= i {
				p.record.Seeds = append(p.record.Seeds, made.seed)
			}
			relative, err := relativeTo(p.o.Dir, made.dir)
			if err != nil {
				return record, err
			}
			c.Cells = append(c.Cells, relative)
			p.bySeed[i] = append(p.bySeed[i], made)
		}
		record.Choices = append(record.Choices, c)
	}
	return record, nil
}

// reseed gives the student its n-th seed; the teachers have theirs already.
func reseed(run *config.Run, n uint64, resplit bool) {
	run.Train.Seed += n
	for i := range run.Tasks {
		if resplit && run.Tasks[i].Target {
			run.Tasks[i].Data.Split.Seed += n
		}
	}
}

func (p *Plan) newCell(ctx context.Context, row experiments.Row, choice []string, run *config.Run, jobs *jobs, encoder *cell) (*cell, error) {
	job, err := jobs.of(ctx, row, run)
	if err != nil {
		return nil, err
	}
	if encoder != nil {
		job = job.WithEncoder(encoder.model(), "pretrained "+encoder.key)
	}
	c := &cell{name: row.Name, seed: run.Train.Seed, job: job, encoder: encoder}
	if c.key, err = job.Identity(); err != nil {
		return nil, err
	}
	c.title = fmt.Sprintf("%s, seed %d", row.Name, c.seed)
	if len(choice) > 0 {
		c.title = fmt.Sprintf("%s, %s, seed %d", row.Name, ChoiceText(choice), c.seed)
	}
	c.dir = filepath.Join(p.o.Runs, "cells", fmt.Sprintf("%s-seed%d-%s", row.Name, c.seed, c.key))
	c.steps, err = stepsOf(job)
	return c, err
}

// stepsOf is how many steps a job's student has, or its pretraining.
func stepsOf(j *job.Job) (int, error) {
	trainings := plan.Trainings(j.Run)
	stage, err := plan.NewStage(job.Dealt(j.Tasks), trainings[len(trainings)-1].Settings)
	if err != nil {
		return 0, err
	}
	return stage.Steps(), nil
}

func relativeTo(dir, path string) (string, error) {
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.Rel(from, to)
}

// Describe lists the cells and says which are finished.
func (p *Plan) Describe(w io.Writer) error {
	var b strings.Builder
	for _, c := range p.cells {
		_, finished, err := readFinished(c.dir)
		if err != nil {
			return err
		}
		state := "to do"
		if finished {
			state = "finished"
		}
		fmt.Fprintf(&b, "%-9s %s: %d steps, %s\n", state, c.title, c.steps, c.dir)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
