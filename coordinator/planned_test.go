package coordinator

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// A stage without a step is said to be taken over, a stage with steps is not, and rows
// are called what the ledger calls them.
func TestTheRunDirectoryKnowsWhatThePlanDependsOn(t *testing.T) {
	s := stageOf(t, []int{3, 2}, plan.Settings{Epochs: 1, Batch: 2})
	dir, err := directory.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	}()
	teacher := &trainStage{title: "teacher/task0"}
	c := newCoordinator(&setup{job: s.job, dir: dir, opts: Options{Dir: dir, Report: progress.New(io.Discard, progress.Options{Now: time.Now})}})
	c.stages = []stage{teacher, s}
	c.planFile.planned = (&job.Job{Tasks: s.tasks}).Planned()
	for index, units := range []int{0, 3} {
		c.stage.units = units
		if err := c.stageDone(index); err != nil {
			t.Fatal(err)
		}
	}
	got, err := dir.ReadPlan()
	want := directory.Plan{
		Tasks: []directory.PlannedTask{{Name: "task0", Rows: []int{0, 3, 6}}, {Name: "task1", Rows: []int{1, 4}}},
		Taken: []string{"teacher/task0"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
