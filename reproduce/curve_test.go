package reproduce_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/statistics"
	"ringmaster/run/directory"
)

// curve plans and runs a learning curve of the single model and multi-task learning.
func (d *desk) curve(o *reproduce.Options, trainRows ...int) ([]*config.Run, error) {
	d.t.Helper()
	d.ran = nil
	base, err := o.Load()
	if err != nil {
		d.t.Fatal(err)
	}
	if o.Table, err = experiments.Comparison(base, []string{"single", "mt"}, false); err != nil {
		d.t.Fatal(err)
	}
	c, err := reproduce.NewCurve(d.t.Context(), *o, trainRows)
	if err != nil {
		return nil, err
	}
	err = c.Run(d.t.Context())
	return d.ran, err
}

// A learning curve has every method at every number of rows, seed by seed, and corrects for all of its comparisons.
func TestALearningCurve(t *testing.T) {
	d := newDesk(t)
	d.answer = func(run *config.Run, _ directory.Part, row data.Example) bool { // more rows, fewer mistakes; mt better by a few
		every := run.Tasks[0].Data.Limit / 10
		if run.Method == config.MultiTask {
			every += 2
		}
		return (row.Row+int(run.Train.Seed))%every != 0
	}
	o := d.options("single")
	o.Resplit = true
	ran, err := d.curve(&o, 90, 30, 90)
	if err != nil {
		t.Fatal(err)
	}
	if len(ran) != 8 {
		t.Fatalf("%d runs, want 2 numbers × 2 methods × 2 seeds", len(ran))
	}
	for i, run := range ran {
		rows, seed := []int{30, 30, 90, 90}[i%4], uint64(i/4)
		if got := run.Tasks[0].Data; got.Limit != rows || got.Split.Seed != 5+seed || run.Train.Seed != 10+seed {
			t.Errorf("run %d has %d rows, split %d, seed %d; want %d rows of seed %d", i, got.Limit, got.Split.Seed, run.Train.Seed, rows, seed)
		}
		if len(run.Tasks) > 1 && run.Tasks[1].Data.Limit != 0 {
			t.Errorf("run %d limits another task than the target", i)
		}
	}
	r, err := reproduce.ReadCurve(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Finished != 8 || r.Cells != 8 || len(r.Points) != 2 || r.Record.Points[0].TrainRows != 30 || r.Record.Target != "empathy" {
		t.Errorf("%d of %d cells, %+v", r.Finished, r.Cells, r.Record)
	}
	var p []float64
	for i, point := range r.Points {
		alone, err := reproduce.Read(d.at("runs", "reproduce-newsemp", r.Record.Points[i].Directory))
		if err != nil {
			t.Fatal(err)
		}
		if *point.Rows[1].Score != *alone.Rows[1].Score || point.Rows[0].Seeds != 2 {
			t.Errorf("point %d differs from its own table", i)
		}
		p = append(p, alone.Comparisons[0].P)
	}
	if *r.Points[0].Rows[0].Score >= *r.Points[1].Rows[0].Score {
		t.Error("more rows do not help, though each run's answers depend on them")
	}
	for i, corrected := range statistics.Holm(p) {
		if c := r.Comparisons[i]; c.Corrected != corrected || c.TrainRows != r.Record.Points[i].TrainRows {
			t.Errorf("comparison %d: %+v, want p %v", i, c, corrected)
		}
	}
	table, err := os.ReadFile(reproduce.TableFile(o.Dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"each seed draws training rows of its own", "| Encoder, empathy alone | 30 | 2/2 |", "| mt | single | 90 | 2 |"} {
		if !strings.Contains(string(table), want) {
			t.Errorf("the table does not say %q:\n%s", want, table)
		}
	}
	if again, err := d.curve(&o, 30, 90, 120); err != nil || len(again) != 4 {
		t.Errorf("a third number took %d runs (%v), want 4", len(again), err)
	}
}

func TestNoCurveOfMoreRowsThanThereAre(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	if _, err := d.curve(&o, 40, 1000); !errors.Is(err, reproduce.ErrOptions) || !strings.Contains(err.Error(), "has 160 rows") {
		t.Errorf("got %v", err)
	}
	if _, err := d.curve(&o, 0, 40); !errors.Is(err, reproduce.ErrOptions) {
		t.Errorf("no rows: %v", err)
	}
	if _, err := reproduce.ReadCurve(d.dir); !errors.Is(err, reproduce.ErrNoRecord) {
		t.Errorf("no curve: %v", err)
	}
	if len(d.ran) != 0 {
		t.Errorf("%d runs were begun", len(d.ran))
	}
}
