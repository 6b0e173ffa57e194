package directory_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

func TestThePlanIsReplacedWhole(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	if _, err := d.ReadPlan(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a plan that is not there: %v", err)
	}
	want := directory.Plan{Tasks: []directory.PlannedTask{{Name: "empathy", Rows: []int{0, 2, 17}}}, Taken: []string{}}
	for range 2 {
		if err := d.WritePlan(want); err != nil {
			t.Fatal(err)
		}
		got, err := d.ReadPlan()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		want.Taken = append(want.Taken, "teacher/empathy")
	}
	write(t, d.Plan(), `{"tasks":[`)
	if _, err := d.ReadPlan(); !errors.Is(err, directory.ErrDamaged) {
		t.Errorf("half a plan.json: %v", err)
	}
}

func TestProgressIsThatOfAllCheckpoints(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	want := []directory.Progress{{Stage: "student", Steps: 3, Total: 9}, {Stage: "teacher/empathy", Steps: 7, Total: 8}}
	checkpoints := directory.OpenCheckpoints(d.Checkpoints())
	put := func(step int, name, text string) {
		t.Helper()
		if _, err := checkpoints.Write(step, func(w *directory.CheckpointWriter) error {
			return w.File(name, func(out io.Writer) error { _, err := io.WriteString(out, text); return err })
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range want {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		put(p.Steps, directory.ProgressFile, string(text))
	}
	put(8, "weights", "of somebody who does not say how far he was")
	got, err := d.ReadProgress()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	put(9, directory.ProgressFile, "{")
	if _, err := d.ReadProgress(); !errors.Is(err, directory.ErrDamaged) {
		t.Errorf("half a progress.json: %v", err)
	}
}
