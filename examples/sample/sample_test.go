// Package sample_test holds that examples/sample.yaml is a run file that loads, and that
// cleaning finds in the synthetic corpora what their README says.
package sample_test

import (
	"path/filepath"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
)

func TestSampleLoads(t *testing.T) {
	run, err := config.Load(filepath.Join("..", "sample.yaml"), config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// The sizes after the removal of the 8 rows that stand twice.
	want := map[string]struct{ classes, rows int }{
		"empathy": {2, 1192}, "sentiment": {2, 1592}, "emotion": {8, 1592},
	}
	if len(run.Tasks) != len(want) {
		t.Errorf("%d tasks", len(run.Tasks))
	}
	for _, task := range run.Tasks {
		c, err := data.Load(t.Context(), run.BaseDir, task)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Classes) != want[task.Name].classes {
			t.Errorf("%s: classes %v", task.Name, c.Classes)
		}
		rows := c.Train.Len() + c.Valid.Len() + c.Test.Len() + c.Report.Limited
		if rows != want[task.Name].rows {
			t.Errorf("%s: %d rows, want %d", task.Name, rows, want[task.Name].rows)
		}
		if task.Target && c.Classes[1] != "empathy" {
			t.Errorf("the positive class is %q", c.Classes[1])
		}
	}
}
