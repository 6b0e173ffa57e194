package coordinator

import (
	"fmt"
	"testing"

	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// The fake workers' logits do not change from state to state, so no score is better than the first: with a
// patience of 2 a training that is judged every 3 steps ends after 9.
const endsEarlyAt = 9

func endingEarly(t *testing.T, set ...string) *testRun {
	return newTestRun(t, append([]string{"early_stop.patience=2", "early_stop.every=3", "checkpoint.keep=9"}, set...)...)
}

// endedEarly holds a run that has ended against what it should have come to.
func (b *testRun) endedEarly() {
	b.t.Helper()
	b.passes()
	if n := b.steps(); n != endsEarlyAt || b.modelState() != stateOf(endsEarlyAt) {
		b.t.Errorf("%d steps, the model's state is %s, want %d and %s\n%s", n, b.modelState(), endsEarlyAt, stateOf(endsEarlyAt), b.screen)
	}
	record, _, err := directory.Layout(b.path).ReadRecord()
	if err != nil {
		b.t.Fatal(err)
	}
	if len(record.Judged) != 3 || !record.Judged[2].Ends || record.Judged[1].Ends {
		b.t.Errorf("judged: %+v", record.Judged)
	}
	for _, e := range b.events() {
		if e.Total != testSteps {
			b.t.Errorf("step %d is of %d: the schedules are those of %d steps", e.Step, e.Total, testSteps)
		}
		if e.Step == 3 && (e.Validation == nil || e.Validation.Steps != 3) {
			b.t.Errorf("step 3 has the validation %+v", e.Validation)
		}
	}
}

func TestATrainingEndsEarly(t *testing.T) {
	t.Parallel()
	for _, keep := range []string{"last", "best"} {
		for workers := 1; workers <= 2; workers++ {
			b := endingEarly(t, "train.keep="+keep)
			b.start(workers, false)
			for i := range workers {
				b.startWorker([]string{"a", "b"}[i], nil)
			}
			if err := b.end(late); err != nil {
				t.Fatal(err, b.screen)
			}
			b.awaitText("student ends early, after step 9 of 20")
			if keep == "last" {
				b.endedEarly()
				continue
			}
			b.passes() // the state that is delivered is an earlier one
			if n := b.steps(); n != endsEarlyAt {
				t.Errorf("%d steps", n)
			}
		}
	}
}

// A worker that dies while a state is judged changes nothing: the others judge it again.
func TestAWorkerThatDiesWhileAStateIsJudged(t *testing.T) {
	t.Parallel()
	for _, step := range []int{3, 9} {
		b := endingEarly(t)
		b.start(2, false)
		asked := 0
		b.startWorker("a", func(h *fakeWorker, o protocol.Order) bool {
			if o.Checkpoint != nil && o.Checkpoint.Step == step {
				asked = step
			}
			if o.InferenceBatch != nil && asked == step {
				h.die()
				return true
			}
			return false
		})
		b.startWorker("b", nil)
		if err := b.end(late); err != nil {
			t.Fatal(err, b.screen)
		}
		b.endedEarly()
	}
}

// A coordinator that is started again goes by the scores that the first one measured.
func TestARunThatIsResumedEndsEarlyWhereItWould(t *testing.T) {
	t.Parallel()
	for _, at := range []int{4, 9} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			b := endingEarly(t)
			b.start(1, false)
			b.startWorker("a", func(_ *fakeWorker, o protocol.Order) bool {
				return o.Step != nil && o.Step.Step >= at || at == endsEarlyAt && o.Save != nil
			})
			b.await("its steps", func() bool { return b.steps() >= at })
			b.stop()
			_ = b.end(late) // stopped, with or without a checkpoint
			b.start(1, true)
			b.startWorker("a2", nil)
			if err := b.end(late); err != nil {
				t.Fatal(err, b.screen)
			}
			b.endedEarly()
		})
	}
}
