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
	task := &job.Task{Valid: make([]job.Row, 5)}
	student := &trainStage{title: plan.StudentStage, tasks: []*job.Task{task}}
	r := &coordinator{
		job:    &job.Job{Run: &config.Run{Train: config.Train{Keep: config.KeepBest, Epochs: 3}, Checkpoint: config.Checkpoint{Every: 10}}},
		stages: []stage{student}, units: 60,
	}
	at := func(step int) core.DealStep { return core.DealStep{Step: step} }
	if r.mustWait(at(10)) {
		t.Error("a step waits for nothing")
	}
	r.keeping = checkpointing{step: 10, of: 2}
	for step, want := range map[int]bool{10: false, 15: false, 20: true, 40: true, 45: false} {
		if got := r.mustWait(at(step)); got != want {
			t.Errorf("step %d waits: %v, want %v", step, got, want)
		}
	}
	r.job.Run.Train.Keep = config.KeepLast
	if r.mustWait(at(20)) {
		t.Error("a step waits where the last student is delivered")
	}
}
