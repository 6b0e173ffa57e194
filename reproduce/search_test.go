package reproduce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/errkind"
	"ringmaster/reproduce"
	"ringmaster/reproduce/reproducetest"
	"ringmaster/reproduce/search"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// searchDesk counts how often test rows were scored.
type searchDesk struct {
	*desk
	tested []string // cells
}

func (d *searchDesk) options(space ...string) reproduce.SearchOptions {
	d.t.Helper()
	dimensions, err := search.ParseSpace(space)
	if err != nil {
		d.t.Fatal(err)
	}
	return reproduce.SearchOptions{
		Space: dimensions, Trials: 6, Draw: 1, Rungs: 3, Seeds: 1, File: "run.yaml", Runs: d.at("runs"), Dir: d.at("runs", "search-run"),
		Load: func(set ...string) (*config.Run, error) {
			return config.Load(d.at("run.yaml"), config.LoadOptions{Set: set})
		},
		Prepare: reproducetest.Prepare,
		Engine:  d.engine,
		Notify:  func(format string, args ...any) { d.told = append(d.told, fmt.Sprintf(format, args...)) },
	}
}

// engine scores validation rows, and test rows of a finished run alone.
func (d *searchDesk) engine(ctx context.Context, j *job.Job, dir *directory.Dir, resume, test bool) error {
	if test {
		raw, err := os.ReadFile(filepath.Join(string(dir.Layout), "metrics-validation.json"))
		if err != nil {
			return fmt.Errorf("test rows of a run that was not finished: %w", err)
		}
		var report metrics.Report
		if err := json.Unmarshal(raw, &report); err != nil {
			return err
		}
		report[0].Test = report[0].Valid
		d.tested = append(d.tested, filepath.Base(string(dir.Layout)))
		return dir.WriteMetrics(report)
	}
	d.ran = append(d.ran, j.Run)
	if d.fail != nil {
		if err := d.fail(j.Run); err != nil {
			return err
		}
	}
	if err := reproducetest.Engine(d.answer)(ctx, j, dir, resume); err != nil {
		return err
	}
	report, err := dir.ReadMetrics()
	if err != nil {
		return err
	}
	report[0].Test = nil
	return errors.Join(os.MkdirAll(dir.Model(), 0o700), dir.WriteMetrics(report))
}

func (d *searchDesk) search(o reproduce.SearchOptions) (*reproduce.SearchRecord, error) {
	d.t.Helper()
	d.ran = nil
	s, err := reproduce.NewSearch(d.t.Context(), o)
	if err != nil {
		return nil, err
	}
	if err := s.Run(d.t.Context()); err != nil {
		return nil, err
	}
	return reproduce.ReadSearch(o.Dir)
}

// newSearchDesk has students that are the better the nearer their rate is to 1e-4 and the longer they are trained.
func newSearchDesk(t *testing.T) *searchDesk {
	d := &searchDesk{desk: newDesk(t)}
	d.answer = func(run *config.Run, _ directory.Part, row data.Example) bool {
		right := map[float64]int{1e-5: 50, 5e-5: 60, 1e-4: 95, 2e-4: 80, 5e-4: 70, 1e-3: 55}[run.Train.LR]
		return row.Row*37%100 < right-int(10/run.Train.Epochs)
	}
	return d
}

const rates = "train.lr=1e-5,5e-5,1e-4,2e-4,5e-4,1e-3"

// Random search tries each trial once, chooses by validation rows, and scores the test rows of the winner alone.
func TestSearchChoosesByValidationAndTestsOnce(t *testing.T) {
	d := newSearchDesk(t)
	r, err := d.search(d.options(rates))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.ran) != 6 || r.Winner == nil || !slices.Equal(r.Winner.Set, []string{"train.lr=1e-4"}) || len(d.tested) != 1 {
		t.Fatalf("%d runs, winner %+v, test rows of %v", len(d.ran), r.Winner, d.tested)
	}
	again, err := d.search(d.options(rates))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again); diff != "" || len(d.ran) != 0 || len(d.tested) != 1 {
		t.Errorf("again: %d runs, test rows of %v, %s", len(d.ran), d.tested, diff)
	}
	run, err := config.Load(filepath.Join(d.at("runs", "search-run"), reproduce.WinnerFile), config.LoadOptions{})
	if err != nil || run.Train.LR != 1e-4 || run.Train.Epochs != 2 {
		t.Errorf("the winner's run file has %+v (%v)", run, err)
	}
	models, err := filepath.Glob(d.at("runs", "cells", "*", "model"))
	if err != nil || len(models) != 1 {
		t.Errorf("models of %v are kept (%v)", models, err)
	}
}

// Each rung trains a third of the trials before it, three times as long.
func TestSuccessiveHalving(t *testing.T) {
	d := newSearchDesk(t)
	o := d.options(rates)
	o.Halving = 3
	r, err := d.search(o)
	if err != nil {
		t.Fatal(err)
	}
	epochs := map[float64]int{}
	for _, run := range d.ran {
		epochs[run.Train.Epochs*9/2]++
		for _, task := range run.Tasks {
			if task.Teacher.Epochs != 2 || task.Teacher.LR != 1e-4 {
				t.Errorf("a teacher has %+v", task.Teacher)
			}
		}
	}
	if diff := cmp.Diff(map[float64]int{1: 6, 3: 2, 9: 1}, epochs); diff != "" {
		t.Errorf("runs by ninths of the length (-want +got):\n%s", diff)
	}
	if r.Winner == nil || r.Winner.Set[0] != "train.lr=1e-4" || r.Winner.Rung != 3 {
		t.Errorf("winner %+v", r.Winner)
	}
}

// A search that was cut short goes on with what is missing, and one that is given more trials keeps the others.
func TestASearchGoesOn(t *testing.T) {
	d := newSearchDesk(t)
	o := d.options(rates)
	o.Trials = 4
	broken := errors.New("the power is gone")
	d.fail = func(*config.Run) error {
		if len(d.ran) == 3 {
			return broken
		}
		return nil
	}
	if _, err := d.search(o); !errors.Is(err, broken) || len(d.tested) != 0 {
		t.Fatalf("%v, test rows of %v", err, d.tested)
	}
	d.fail = nil
	if _, err := d.search(o); err != nil || len(d.ran) != 2 {
		t.Fatalf("%v, %d runs", err, len(d.ran))
	}
	o.Trials = 6
	if _, err := d.search(o); err != nil || len(d.ran) != 2 {
		t.Fatalf("%v, %d more runs", err, len(d.ran))
	}
}

func TestASearchKeepsToItsBudget(t *testing.T) {
	d := newSearchDesk(t)
	o := d.options(rates)
	o.Budget = reproduce.Budget{Steps: 3 * 80} // a trial has 80 steps
	r, err := d.search(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.ran) != 3 || r.Winner == nil {
		t.Errorf("%d runs of %d steps, winner %+v: %s", len(d.ran), o.Budget.Steps, r.Winner, strings.Join(d.told, "\n"))
	}
	o.Budget.Steps, o.Dir, o.Draw = 10, d.at("runs", "other"), 9
	o.Runs = d.at("others")
	if _, err := d.search(o); !errors.Is(err, reproduce.ErrOptions) {
		t.Errorf("a budget of no trial: %v", err)
	}
}

// A trial whose training diverges is the worst of all, and ends neither the search nor one that is started again.
func TestATrialThatDivergesIsTheWorst(t *testing.T) {
	d := newSearchDesk(t)
	o := d.options(rates)
	o.Halving = 3
	atMost := 5e-5
	d.fail = func(run *config.Run) error {
		if run.Train.LR > atMost {
			return errkind.Mark(fmt.Errorf("training has diverged at step 7\nthe run's logs are in DIR"), reproduce.ErrDiverged)
		}
		return nil
	}
	r, err := d.search(o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Winner == nil || r.Winner.Set[0] != "train.lr=5e-5" {
		t.Errorf("winner %+v", r.Winner)
	}
	diverged := 0
	for _, trial := range r.Trials {
		if trial.Diverged != "" {
			diverged++
			if len(trial.Valid) > 0 || trial.Diverged != "training has diverged at step 7" {
				t.Errorf("%+v", trial)
			}
		}
	}
	if diverged != 4 || strings.Count(r.Table().Markdown(), "diverged") != 4 {
		t.Errorf("%d trials diverged:\n%s", diverged, r.Table().Markdown())
	}
	if _, err := d.search(o); err != nil || len(d.ran) != 0 {
		t.Errorf("again: %d runs, %v", len(d.ran), err)
	}
	atMost = 0
	o.Runs, o.Dir = d.at("others"), d.at("others", "search-run")
	if _, err := d.search(o); !errors.Is(err, reproduce.ErrDiverged) || !strings.Contains(err.Error(), "6 trials") {
		t.Errorf("all of them: %v", err)
	}
}

// Numbers beyond reason are refused at once.
func TestNumbersOfRunsBeyondReason(t *testing.T) {
	d := newSearchDesk(t)
	for _, change := range []func(*reproduce.SearchOptions){
		func(o *reproduce.SearchOptions) { o.Trials = math.MaxInt },
		func(o *reproduce.SearchOptions) { o.Seeds = math.MaxInt },
	} {
		o := d.options("train.lr=loguniform(1e-5,1e-3)")
		change(&o)
		if _, err := reproduce.NewSearch(t.Context(), o); !errors.Is(err, reproduce.ErrOptions) {
			t.Errorf("%d trials of %d seeds: %v", o.Trials, o.Seeds, err)
		}
	}
	for _, seeds := range []int{0, -1, reproduce.MostSeeds + 1, math.MaxInt} {
		o := d.desk.options("single")
		o.Seeds = seeds
		if _, err := reproduce.NewPlan(t.Context(), o); !errors.Is(err, reproduce.ErrOptions) {
			t.Errorf("%d seeds: %v", seeds, err)
		}
	}
}
