package coordinator

import (
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/run/plan"
)

func TestValidationIsOnceAnEpochWithinBounds(t *testing.T) {
	for _, tc := range []struct {
		units  int
		epochs float64
		want   int
	}{
		{90, 3, 30}, {91, 3, 31}, {90, 0.5, 30}, {100, 5, 20}, {1000, 40, 100}, {2, 3, 1}, {1, 3, 1},
	} {
		if got := validationEvery(tc.units, tc.epochs); got != tc.want {
			t.Errorf("%d steps of %g epochs: every %d, want %d", tc.units, tc.epochs, got, tc.want)
		}
	}
}

// A step before which there is a state to choose from waits for the checkpoint under way; one
// that needs none does not, and neither does any where the last student is delivered.
func TestAStateToChooseFromIsNeverLeftOut(t *testing.T) {
	task := &job.Task{Valid: job.RowsOf(make([]job.Row, 5))}
	run := &config.Run{Train: config.Train{Keep: config.KeepBest, Epochs: 3}, Checkpoint: config.Checkpoint{Every: 10}}
	of := &job.Job{Run: run}
	stage := &activeStage{stage: &trainStage{title: plan.StudentStage, job: of, tasks: []*job.Task{task}}, units: 60}
	d := &dealer{stage: stage, checkpoints: &checkpointer{setup: &setup{job: of}, stage: stage}}
	at := func(step int) core.DealStep { return core.DealStep{Step: step} }
	if d.mustWait(at(10)) {
		t.Error("a step waits for nothing")
	}
	d.checkpoints.pending = newPendingCheckpoint(1, 10, 1, []core.WorkerID{"a", "b"})
	for step, want := range map[int]bool{10: false, 15: false, 20: true, 40: true, 45: false} {
		if got := d.mustWait(at(step)); got != want {
			t.Errorf("step %d waits: %v, want %v", step, got, want)
		}
	}
	run.Train.Keep = config.KeepLast
	if d.mustWait(at(20)) {
		t.Error("a step waits where the last student is delivered")
	}
}
