package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

func TestValidationIsACurve(t *testing.T) {
	dir, err := directory.Create(t.TempDir() + "/run")
	if err != nil {
		t.Fatal(err)
	}
	for step := range 6 {
		e := directory.Event{Stage: "student", Step: step, Total: 6, Loss: map[string]float64{"t": 1}, Examples: map[string]int{"t": 1}, Skipped: step == 5}
		if step == 2 || step == 4 {
			e.Validation = &directory.Validation{Steps: step, Task: "t", F1: float64(step) / 8, Rows: 10}
		}
		if err := dir.AppendEvent(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range []directory.Entry{{Opened: &directory.Opened{Run: "run"}}, {Delivered: &directory.Delivered{Step: 4, Score: 0.5, LastScore: 0.375}}} {
		if err := dir.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	stages, err := readCurves(dir.Layout, "t")
	if err != nil || len(stages) != 1 {
		t.Fatalf("%d stages (%v)", len(stages), err)
	}
	if diff := cmp.Diff([]Point{{2, 25}, {4, 50}, {6, 37.5}}, stages[0].valid.Points); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"after step 4 of 6: F1 50.0", "37.5 after the last step", "1 of the 6 steps of student were not finite"} {
		if !strings.Contains(stages[0].told(), want) {
			t.Errorf("%q is missing from %q", want, stages[0].told())
		}
	}
	if s := curvesSection(stages); len(s.Charts) != 2 || s.Outro == "" {
		t.Errorf("%d charts and %q", len(s.Charts), s.Outro)
	}
}

func TestScoresByClass(t *testing.T) {
	c, err := metrics.FromCounts([]string{"none", "empathy"}, [][]int{{8, 2}, {1, 4}})
	if err != nil {
		t.Fatal(err)
	}
	scores := c.Scores()
	got := classesSection(metrics.Report{{Task: "t", Test: &scores}}).Tables
	want := []Table{{
		Header: []string{"t, test: class", "precision", "recall", "F1", "rows", "predicted"},
		Rows:   [][]string{{"none", "88.9", "80.0", "84.2", "10", "9"}, {"empathy", "66.7", "80.0", "72.7", "5", "6"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsAreAllThere(t *testing.T) {
	run := config.Defaults()
	run.Tasks = []config.Task{{Name: "empathy", Target: true, Data: config.Data{Path: config.Files{"a.csv", "b.csv"}}}}
	s, err := settingsSection(&run)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, row := range s.Tables[0].Rows {
		values[row[0]] = row[1]
	}
	for key, want := range map[string]string{"train.lr": "2e-05", "train.keep": "best", "tasks.empathy.target": "true", "tasks.empathy.data.path": "a.csv, b.csv"} {
		if values[key] != want {
			t.Errorf("%s is %q, want %q", key, values[key], want)
		}
	}
}
