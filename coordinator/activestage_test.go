package coordinator

import (
	"testing"

	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

func TestCommittedStepsThatNoCheckpointHasAreCounted(t *testing.T) {
	train, infer := &trainStage{title: plan.StudentStage}, &inferStage{title: "evaluate"}
	for _, c := range []struct {
		name string
		of   activeStage
		want int
		says string
	}{
		{"before the first stage", activeStage{index: -1}, 0, ""},
		{"since its beginning", activeStage{stage: train, units: 20, done: 7}, 7, "; 7 steps since the last checkpoint must be repeated"},
		{"since a checkpoint", activeStage{stage: train, units: 20, done: 6, kept: 5}, 1, "; 1 step since the last checkpoint must be repeated"},
		{"since it was restored", activeStage{stage: train, units: 20, done: 12, from: 10, kept: 5}, 2, "; 2 steps since the last checkpoint must be repeated"},
		{"at a checkpoint", activeStage{stage: train, units: 20, done: 10, kept: 10}, 0, ""},
		{"at a checkpoint ahead", activeStage{stage: train, units: 20, done: 10, kept: 12}, 0, ""},
		{"when all is done", activeStage{stage: train, units: 20, done: 20}, 0, ""},
		{"of scoring", activeStage{stage: infer, units: 20, done: 7}, 0, ""},
	} {
		if n, says := c.of.unsaved(), c.of.undone(); n != c.want || says != c.says {
			t.Errorf("%s: %d steps, %q", c.name, n, says)
		}
	}
}

// A report of an older generation does not replace a newer one, nor does one of another stage.
func TestTheNewestReportOfAStepIsKept(t *testing.T) {
	a := activeStage{index: -1}
	a.addPending("a", &protocol.StepDone{Step: 3})
	if len(a.reports) > 0 {
		t.Error("a report before the first stage is kept")
	}
	a.load(1, &trainStage{}, protocol.Begin{}, 20)
	for _, r := range []protocol.StepDone{
		{Stage: 1, Step: 3, Generation: 5}, {Stage: 1, Step: 3, Generation: 7}, {Stage: 1, Step: 3, Generation: 6}, {Stage: 0, Step: 3, Generation: 9},
	} {
		a.addPending("a", &r)
	}
	if got := a.reports[3]["a"]; got == nil || got.Generation != 7 {
		t.Errorf("%+v is kept, want that of generation 7", got)
	}
}

// A stage that is loaded again, after a rollback, keeps how far it came; another begins at 0.
func TestLoadingAStageVoidsReportsAndAnotherStageVoidsProgress(t *testing.T) {
	a := activeStage{index: -1}
	s := &trainStage{}
	a.load(0, s, protocol.Begin{}, 20)
	a.done, a.farthest, a.kept = 12, 12, 10
	a.addPending("a", &protocol.StepDone{Step: 12})
	a.addAnswers(&protocol.InferenceDone{Batch: 1})
	a.load(0, s, protocol.Begin{}, 20)
	if len(a.reports)+len(a.answers) > 0 || a.done != 12 || a.kept != 10 {
		t.Errorf("loaded again: %+v", a)
	}
	if a.advanced(12) || !a.advanced(13) || a.advanced(13) {
		t.Error("a unit that was committed before is taken for a new one, or a new one for an old")
	}
	a.load(1, &inferStage{}, protocol.Begin{}, 3)
	if a.done != 0 || a.kept != 0 || !a.advanced(1) || a.training() != nil {
		t.Errorf("another stage: %+v", a)
	}
}
