package coordinator

import (
	"testing"
	"time"

	"ringmaster/run/directory"
)

// Steps are durable once a sync that began after their commit has ended, and a rollback takes
// them back.
func TestStepsAreDurableAfterASync(t *testing.T) {
	dir, err := directory.Create(t.TempDir() + "/run")
	if err != nil {
		t.Fatal(err)
	}
	l := newLoop()
	defer func() {
		l.close()
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	}()
	logs := logSync{dir: dir, loop: l, stage: &activeStage{done: 5}}
	if n := logs.durable(); n != 0 {
		t.Fatalf("%d steps are durable before any sync", n)
	}
	logs.stage.done = 7 // committed after the sync began
	absorb := func() {
		t.Helper()
		select {
		case res := <-l.results:
			l.absorb(t.Context(), res)
		case <-time.After(late):
			t.Fatal("no sync ends")
		}
	}
	absorb()
	if n := logs.durable(); n != 5 || l.endErr != nil {
		t.Errorf("%d steps are durable (%v), want the 5 that were committed when the sync began", n, l.endErr)
	}
	if logs.busy {
		t.Error("it syncs again at once")
	}
	logs.rollBack(3)
	if n := logs.durable(); n != 3 {
		t.Errorf("%d steps are durable after going back to 3", n)
	}
	// The end of a sync says nothing of a stage that has begun since.
	logs.at = time.Time{}
	logs.durable()
	logs.stage.index, logs.stage.done = 1, 2
	logs.rollBack(0)
	absorb()
	if n := logs.durable(); n != 0 {
		t.Errorf("%d steps of a stage are durable by the sync of the one before", n)
	}
}
