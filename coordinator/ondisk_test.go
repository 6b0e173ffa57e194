package coordinator

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ringmaster/durable"
	"ringmaster/model/checkpoint"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// What a worker is told is on the disk: numbers of generations before the orders that have
// them, and steps before a worker hears that it may forget its reports of them.
func TestWorkersAreToldWhatIsOnTheDisk(t *testing.T) {
	b := newTestRun(t, "train.steps=200")
	var mu sync.Mutex
	onDisk := map[string]string{}
	t.Cleanup(durable.InjectSync(func(f *os.File) error {
		if filepath.Dir(f.Name()) == b.path {
			mu.Lock()
			text, err := os.ReadFile(f.Name())
			if err == nil {
				onDisk[filepath.Base(f.Name())] = string(text)
			}
			mu.Unlock()
		}
		return f.Sync()
	}))
	b.start(1, false)
	told := 0
	b.startWorker("a", func(h *fakeWorker, o protocol.Order) bool {
		mu.Lock()
		defer mu.Unlock()
		number := uint64(0)
		switch {
		case o.Begin != nil:
			number = o.Begin.Generation
		case o.Ring != nil:
			number = o.Ring.Generation
		case o.Step != nil:
			told = max(told, o.Step.Committed)
			for _, log := range []string{"events.jsonl", "ledger.jsonl"} {
				if n := strings.Count(onDisk[log], "\n"); n < o.Step.Committed {
					t.Errorf("told that %d steps are on the disk, where %s has %d", o.Step.Committed, log, n)
				}
			}
		}
		if number > 0 && !strings.Contains(onDisk["record.log"], fmt.Sprintf(`"number":%d,`, number)) {
			t.Errorf("told of generation %d, which is not on the disk", number)
		}
		return o.Step != nil && slowly(h, o)
	})
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	if told == 0 {
		t.Error("no worker was told that a step is on the disk")
	}
}

// While a run goes back it takes no checkpoint that is ahead of what was committed: the logs
// know nothing of its steps.
func TestGoingBackTakesNoCheckpointAhead(t *testing.T) {
	t.Parallel()
	b := newTestRun(t, "checkpoint.keep=9")
	b.start(1, false)
	a := b.startWorker("a", func(h *fakeWorker, o protocol.Order) bool {
		if o.Step == nil {
			return false
		}
		b.keeps(h, o.Step.Step)
		return o.Step.Step >= 12
	})
	b.await("the checkpoint of step 10", func() bool {
		_, err := os.Stat(filepath.Join(b.path, "checkpoints", "step-10"))
		return err == nil && b.steps() == 12
	})
	ahead := directory.Progress{Stage: "student", Steps: 14, Total: testSteps, Complete: true, World: 1}
	_, err := directory.OpenCheckpoints(filepath.Join(b.path, "checkpoints")).Save(ahead, directory.Keep{Last: 9}, func(w *directory.CheckpointWriter) error {
		return w.File(checkpoint.StateName(0, 1), func(out io.Writer) error {
			_, err := io.WriteString(out, stateOf(14))
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	a.kill()
	from := -1
	b.startWorker("b", func(_ *fakeWorker, o protocol.Order) bool {
		if o.Begin != nil && o.Begin.Restore != nil {
			from = o.Begin.Restore.Step
		}
		return false
	})
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	if from != 10 || b.modelState() != stateOf(testSteps) {
		t.Errorf("it went back to step %d, want 10\n%s", from, b.screen)
	}
	b.passes()
}
