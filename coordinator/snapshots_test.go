package coordinator

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// snapshots are what kill -9 would have left of one run at several moments, after so many
// steps or in the scoring, and what its worker then held.
type snapshots struct {
	b       *testRun
	workers map[int]held
}

const (
	earlySteps  = 7  // one checkpoint, of step 5
	midSteps    = 12 // checkpoints of steps 5 and 10
	newestSteps = 17 // and of step 15
	scoring     = 99
)

// takeSnapshots carries out a run, and copies its directory at each moment.
func takeSnapshots(t *testing.T) *snapshots {
	t.Helper()
	b := newTestRun(t, "checkpoint.keep=9")
	b.start(1, false)
	var limit, reached atomic.Int64
	open := make(chan struct{})
	s := &snapshots{b, map[int]held{}}
	b.startWorker("a", func(h *fakeWorker, o protocol.Order) bool {
		at := -1
		switch {
		case o.Step != nil:
			at = o.Step.Step
			b.keeps(h, at)
		case o.InferenceBatch != nil && o.InferenceBatch.Stage == 1:
			at = scoring
		}
		if int64(at) == limit.Load() {
			s.workers[at] = h.held
			reached.Store(int64(at))
			select {
			case <-open:
			case <-h.ctx.Done():
			}
		}
		return false
	})
	for _, moment := range []int{earlySteps, midSteps, newestSteps, scoring} {
		limit.Store(int64(moment))
		if moment != earlySteps {
			open <- struct{}{}
		}
		b.await("the moment", func() bool { return reached.Load() == int64(moment) })
		newest := moment / 5 * 5
		if moment == scoring {
			newest = testSteps
		}
		b.await("the checkpoint", func() bool {
			record, _, err := directory.Layout(b.path).ReadRecord()
			if moment == scoring {
				return err == nil && len(record.Done) == 1
			}
			return err == nil && record.Kept != nil && record.Kept.Step == newest && b.steps() == moment
		})
		copyTree(t, b.path, b.at(moment))
	}
	close(open)
	if err := b.end(late); err != nil {
		t.Fatal(err)
	}
	return s
}

// keeps has a fake worker wait for the checkpoint that was ordered before a step: one that is due while
// another is under way is left out.
func (b *testRun) keeps(h *fakeWorker, step int) {
	for ; step%5 == 0 && step > 0 && h.ctx.Err() == nil; time.Sleep(2 * time.Millisecond) { // between two looks
		record, _, err := directory.Layout(b.path).ReadRecord()
		if err == nil && record.Kept != nil && record.Kept.Step == step {
			return
		}
	}
}

// at is where the copy of a moment lies.
func (b *testRun) at(moment int) string { return filepath.Join(b.dir, fmt.Sprint("at-", moment)) }

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case name == "lock", name == "control.json", strings.HasPrefix(filepath.Base(name), ".tmp-"):
			return nil
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// damaged is a test run whose run directory is that of a moment.
func (s *snapshots) damaged(t *testing.T, name string, moment int) *testRun {
	t.Helper()
	b := &testRun{t: t, dir: s.b.dir, set: s.b.set, path: filepath.Join(t.TempDir(), name)}
	copyTree(t, s.b.at(moment), b.path)
	return b
}

// resumes resumes a run with a new worker to its end, and says at which step that began; −1
// where it had nothing to train.
func (b *testRun) resumes() (from int) {
	b.t.Helper()
	from = -1
	if err := b.tryStart(1, true); err != nil {
		b.t.Fatal(err)
	}
	b.startWorker("fresh", func(_ *fakeWorker, o protocol.Order) bool {
		if o.Begin != nil && o.Begin.Train {
			from = 0
			if o.Begin.Restore != nil {
				from = o.Begin.Restore.Step
			}
		}
		return false
	})
	if err := b.end(late); err != nil {
		b.t.Fatalf("%v\n%s", err, b.screen)
	}
	return from
}
