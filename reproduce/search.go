package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/search"
	"ringmaster/run/directory"
)

// SearchOptions say what is searched, and how.
type SearchOptions struct {
	// Load reads the base run file, File as a person named it, with keys set.
	Load experiments.Load
	File string

	Space  []search.Dimension
	Trials int    // how many are drawn
	Draw   uint64 // the seed that they are drawn with
	// Halving is one in how many trials goes on to the next of at most Rungs rounds; 0 trains all for the whole
	// length.
	Halving, Rungs int
	Seeds          int // of each trial; its score is their mean
	Budget         Budget

	// Runs is where cells and teachers are kept, Dir is the search's own directory.
	Runs, Dir string
	// Prepare makes a job of a run. Engine carries it out in a run directory, or goes on with what is there; test
	// says whether test rows are scored.
	Prepare func(ctx context.Context, run *config.Run) (*job.Job, error)
	Engine  func(ctx context.Context, job *job.Job, dir *directory.Dir, resume, test bool) error
	Notify  func(format string, args ...any)
}

// Budget bounds what a search may cost, kept cells included; zero is no bound.
type Budget struct {
	Time  time.Duration // of training
	Steps int           // of students
}

// Search is a hyperparameter search that has been found possible.
type Search struct {
	o      SearchOptions
	trials []search.Trial
	rungs  []search.Rung
	jobs   jobs
	record SearchRecord
	spent  Budget
}

// mostTrials is far more than anybody waits for.
const mostTrials = 100_000

// NewSearch draws the trials, and checks each one's run file and the data. It starts nothing.
func NewSearch(ctx context.Context, o SearchOptions) (*Search, error) {
	switch {
	case o.Trials < 1 || o.Seeds < 1 || o.Trials > mostTrials || o.Seeds > MostSeeds:
		return nil, fmt.Errorf("%w: a search has from 1 to %d trials and from 1 to %d seeds, not %d and %d", ErrOptions, mostTrials, MostSeeds, o.Trials, o.Seeds)
	case o.Halving == 1 || o.Halving < 0 || o.Rungs < 1:
		return nil, fmt.Errorf("%w: one in %d trials cannot go on in %d rungs: halving is at least 2 (or 0 for random search), rungs at least 1", ErrOptions, o.Halving, o.Rungs)
	}
	s := &Search{o: o, trials: search.Draw(o.Space, o.Trials, o.Draw), jobs: jobs{prepare: o.Prepare, known: map[string]*job.Job{}}}
	s.rungs = search.Rungs(len(s.trials), o.Halving, o.Rungs)
	s.record = newSearchRecord(o, s.trials, s.rungs)
	if len(s.trials) < o.Trials {
		o.Notify("the space has only %d different settings: all of them are tried", len(s.trials))
	}
	for trial := range s.trials {
		cells, err := s.cells(ctx, 0, trial)
		if err != nil {
			return nil, fmt.Errorf("trial %d (%s): %w", trial+1, ChoiceText(s.trials[trial]), err)
		}
		s.record.Measure = measureOf(cells[0].job.EvalTask().Kind)
	}
	return s, nil
}

// run is a trial's run file in a rung, with one of its seeds.
func (s *Search) run(rung, trial, seed int) (*config.Run, error) {
	base, err := s.o.Load()
	if err != nil {
		return nil, err
	}
	run, err := s.o.Load(s.trials[trial]...)
	if err != nil {
		return nil, err
	}
	for i := range run.Tasks {
		run.Tasks[i].Teacher = experiments.Settled(run.Tasks[i].Teacher, base.Train)
	}
	if share := s.rungs[rung].Share; share < 1 {
		run.Train.Epochs *= share
		if run.Train.Steps > 0 {
			run.Train.Steps = max(1, int(math.Round(float64(run.Train.Steps)*share)))
		}
	}
	run.Train.Seed += uint64(seed)
	return run, run.Validate()
}

// cells are a trial's runs in a rung, one a seed.
func (s *Search) cells(ctx context.Context, rung, trial int) ([]*cell, error) {
	var all []*cell
	for seed := range s.o.Seeds {
		run, err := s.run(rung, trial, seed)
		if err != nil {
			return nil, err
		}
		c := &cell{name: fmt.Sprintf("rung %d", rung+1), seed: run.Train.Seed}
		if c.job, err = s.jobs.of(ctx, experiments.Row{}, run); err != nil {
			return nil, err
		}
		if c.job.Tasks[c.job.Target].Corpus.Valid.Len() == 0 {
			return nil, fmt.Errorf("%w: task %s has no validation rows, and trials are chosen by them", ErrOptions, c.job.Tasks[c.job.Target].Name)
		}
		if c.key, err = c.job.Identity(); err != nil {
			return nil, err
		}
		c.title = fmt.Sprintf("trial %d (%s), seed %d", trial+1, ChoiceText(s.trials[trial]), c.seed)
		c.dir = filepath.Join(s.o.Runs, "cells", fmt.Sprintf("trial-seed%d-%s", c.seed, c.key))
		if c.steps, err = stepsOf(c.job); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// errBudget: the budget is used up.
var errBudget = errors.New("the budget is used up")

// Run trains the trials, round by round, and then scores the winner on the test rows. What is finished is kept,
// and never trained again. When ctx ends, the engine's error comes back.
func (s *Search) Run(ctx context.Context) error {
	if err := os.MkdirAll(s.o.Dir, 0o755); err != nil {
		return err
	}
	going := make([]int, len(s.trials))
	for i := range going {
		going[i] = i
	}
	var scores []search.Score
	last := 0
	for rung := range s.rungs {
		if rung > 0 {
			going = search.Promoted(s.sound(scores), s.rungs[rung].Trials)
		}
		if len(going) == 0 {
			break // all trials of the rung before diverged
		}
		finished, err := s.round(ctx, rung, going)
		if rung == 0 || len(s.sound(finished)) > 0 {
			scores, last = finished, rung
		}
		if errors.Is(err, errBudget) {
			s.o.Notify("%v after %d of %d trials of rung %d: the best of those that were trained longest is taken", err, len(finished), len(going), rung+1)
			break
		}
		if err != nil {
			return err
		}
	}
	switch sound := s.sound(scores); {
	case len(scores) == 0:
		return fmt.Errorf("%w: not one trial fits in the budget", ErrOptions)
	case len(sound) == 0:
		return fmt.Errorf("%w in each of the %d trials of rung %d, so none of them is chosen: search lower learning rates, or a longer train.warmup", ErrDiverged, len(scores), last+1)
	default:
		return s.win(ctx, last, search.Promoted(sound, 1)[0])
	}
}

// sound are the scores of trials that did not diverge.
func (s *Search) sound(scores []search.Score) []search.Score {
	return slices.DeleteFunc(slices.Clone(scores), func(of search.Score) bool { return s.record.Trials[of.Trial].Diverged != "" })
}

// round trains the trials of a rung, and gives the scores of those that are finished.
func (s *Search) round(ctx context.Context, rung int, going []int) (scores []search.Score, err error) {
	s.o.Notify("rung %d of %d: %d trials, %.3g of the whole length each", rung+1, len(s.rungs), len(going), s.rungs[rung].Share)
	best := -1
	for n, trial := range going {
		cells, err := s.cells(ctx, rung, trial)
		if err != nil {
			return scores, err
		}
		score, diverged := 0.0, ""
		for _, c := range cells {
			t, err := s.train(ctx, c, fmt.Sprintf("rung %d, %d of %d", rung+1, n+1, len(going)))
			if err != nil {
				return scores, err
			}
			score += t.score() / float64(len(cells))
			if diverged = t.Diverged; diverged != "" {
				break // its other seeds would not make a setting of it
			}
		}
		scores = append(scores, search.Score{Trial: trial, Score: score})
		s.record.score(trial, rung, score, diverged)
		before := best
		best = search.Promoted(scores, 1)[0]
		if err := s.keepBest(ctx, rung, best, before, trial); err != nil {
			return scores, err
		}
		if err := s.record.write(s.o.Dir); err != nil {
			return scores, err
		}
	}
	return scores, nil
}

// keepBest keeps the models of the rung's best trial so far only.
func (s *Search) keepBest(ctx context.Context, rung, best, before, trial int) error {
	for _, other := range []int{before, trial} {
		if other < 0 || other == best {
			continue
		}
		cells, err := s.cells(ctx, rung, other)
		if err != nil {
			return err
		}
		for _, c := range cells {
			if err := dropModel(c.dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// train trains a cell, unless it is finished, and reads its scores.
func (s *Search) train(ctx context.Context, c *cell, where string) (trialScores, error) {
	t, finished, err := readTrial(c.dir)
	if err != nil {
		return t, err
	}
	if !finished {
		if err := s.affords(c); err != nil {
			return t, err
		}
		s.o.Notify("%s: %s, %d steps", where, c.title, c.steps)
		began := time.Now()
		if err := s.compute(ctx, c, began); err != nil {
			return t, fmt.Errorf("%s: %w", c.title, err)
		}
		if t, _, err = readTrial(c.dir); err != nil {
			return t, err
		}
		if t.Diverged != "" {
			s.o.Notify("%s: %s; it is the worst of the trials", c.title, t.Diverged)
		} else {
			measure, valid := mainOf(t.valid)
			s.o.Notify("%s: validation %s %s, in %s", c.title, measure.Name(), measure.Shown(&valid), time.Since(began).Round(time.Second))
		}
	}
	s.spent.Steps += t.Steps
	s.spent.Time += time.Duration(t.Seconds * float64(time.Second))
	return t, nil
}

// affords says whether the budget has room for a cell.
func (s *Search) affords(c *cell) error {
	b := s.o.Budget
	if b.Time > 0 && s.spent.Time >= b.Time {
		return fmt.Errorf("%w (%s of training)", errBudget, s.spent.Time.Round(time.Second))
	}
	if b.Steps > 0 && s.spent.Steps+c.steps > b.Steps {
		return fmt.Errorf("%w (%d of %d steps)", errBudget, s.spent.Steps, b.Steps)
	}
	return nil
}

// compute runs a cell in its directory, and scores its validation rows.
func (s *Search) compute(ctx context.Context, c *cell, began time.Time) (err error) {
	dir, resume, err := openCell(c.dir, c.job.Run)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	err = s.o.Engine(ctx, c.job, dir, resume, false)
	finished := c.finished(time.Since(began))
	if errors.Is(err, ErrDiverged) && ctx.Err() == nil { // it would do so again: the trial has come to its end
		finished.Diverged, _, _ = strings.Cut(err.Error(), "\n")
		return closeCell(dir, finished, false, false)
	}
	if err != nil {
		return err
	}
	return closeCell(dir, finished, true, true)
}

// Describe lists the trials and the rungs.
func (s *Search) Describe(w io.Writer) error {
	var b strings.Builder
	for i, r := range s.rungs {
		fmt.Fprintf(&b, "rung %d: %d trials, %.3g of the whole length\n", i+1, r.Trials, r.Share)
	}
	for i, t := range s.trials {
		fmt.Fprintf(&b, "trial %d: %s\n", i+1, ChoiceText(t))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
