package coordinator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// A run from its first worker to its scores: every step committed, in both logs, once;
// checkpoints of the last and the best; the model and the scores of what was trained.
func TestARunFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2} {
		b := newTestRun(t)
		b.start(workers, false)
		for i := range workers {
			b.startWorker([]string{"a", "b"}[i], nil)
		}
		if err := b.end(late); err != nil {
			t.Fatal(err, b.screen)
		}
		b.passes()
		if n := b.steps(); n != testSteps || b.modelState() != stateOf(testSteps) {
			t.Errorf("%d steps, the model's state is %s, want %s", n, b.modelState(), stateOf(testSteps))
		}
		if len(b.result.Scores) != 2 || b.result.Scores[0].Test == nil {
			t.Errorf("scores %+v", b.result.Scores)
		}
		v := b.verdict()
		if !v.Finished || v.Examples["first"]+v.Examples["second"] != 4*testSteps {
			t.Errorf("%+v", v)
		}
	}
}

// A worker that dies takes nothing along that is committed: the other does the rest.
func TestAWorkerThatDiesInARun(t *testing.T) {
	t.Parallel()
	b := newTestRun(t)
	b.start(2, false)
	a := b.startWorker("a", stopAtStep(12))
	b.startWorker("b", nil)
	b.await("12 steps", func() bool { return b.steps() >= 12 })
	a.kill()
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	b.awaitText("worker a) has been silent")
	b.passes()
	if b.modelState() != stateOf(testSteps) {
		t.Error("another state came out")
	}
}

// A worker dies when the last step is done, before its shard of the last state is there. Whether it was to
// hand the model over too or not, another does, and the run ends.
func TestAWorkerThatDiesAfterTheLastStep(t *testing.T) {
	for _, keep := range []string{"last", "best"} {
		for _, who := range []string{"a", "b"} { // a is rank 0
			t.Run(keep+" "+who, func(t *testing.T) {
				t.Parallel()
				b := newTestRun(t, "train.keep="+keep)
				b.more = func(o *Options) { o.KeepState = true }
				b.start(2, false)
				for _, name := range []string{"a", "b"} {
					b.startWorker(name, func(h *fakeWorker, o protocol.Order) bool {
						dies := name == who && o.Checkpoint != nil && o.Checkpoint.Step == testSteps
						if dies {
							h.die()
						}
						return dies
					})
					b.awaitText("worker " + name + " joined")
				}
				if err := b.end(late); err != nil {
					t.Fatal(err, b.screen)
				}
				b.awaitText("no checkpoint after step " + fmt.Sprint(testSteps))
				b.passes()
				if b.modelState() != stateOf(testSteps) {
					t.Error("another state came out")
				}
			})
		}
	}
}

// The validation rows are scored at a checkpoint, and the checkpoint says the score.
func TestACheckpointHasItsScore(t *testing.T) {
	t.Parallel()
	b := newTestRun(t, "checkpoint.keep=9")
	b.start(1, false)
	b.startWorker("a", nil)
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	reached, err := directory.Layout(b.path).ReadProgress()
	if err != nil {
		t.Fatal(err)
	}
	scored := 0
	for _, p := range reached {
		if p.Complete && p.Score != nil {
			scored++
		}
	}
	if scored == 0 {
		t.Errorf("no checkpoint has a score: %+v", reached)
	}
}

// Everything stops, and goes on from the checkpoint that the stop left, to the same end.
func TestAStoppedRunGoesOn(t *testing.T) {
	t.Parallel()
	b := newTestRun(t)
	b.start(1, false)
	b.startWorker("a", slowly)
	b.await("7 steps", func() bool { return b.steps() >= 7 })
	b.stop()
	if err := b.end(late); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	n := b.steps()
	if _, err := os.Stat(filepath.Join(b.path, "checkpoints", fmt.Sprint("step-", n))); err != nil {
		t.Errorf("after %d steps: %v\n%s", n, err, b.screen)
	}
	b.start(1, true)
	b.startWorker("b", nil)
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	b.passes()
	if b.modelState() != stateOf(testSteps) {
		t.Error("another state came out")
	}
}

// Asked to stop, the run ends in good time whatever does not come.
func TestAStopEndsWhateverIsStuck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does   func(*fakeWorker, protocol.Order) bool
		at     string // what is on the screen when it is asked to stop
		steps  int
		within time.Duration
		waits  string
	}{
		"nobody joins":        {nil, "waiting for 1 worker", 0, 3 * time.Second, ""},
		"a model never loads": {func(_ *fakeWorker, o protocol.Order) bool { return o.Begin != nil }, "joined", 0, stopPatience + 3*time.Second, ""},
		"links never open":    {func(_ *fakeWorker, o protocol.Order) bool { return o.Ring != nil }, "waiting for the ring's links", 0, stopPatience + 3*time.Second, "the ring's links"},
		"the first step":      {stopAtStep(0), "waiting for step 0 of student", 0, stopGrace + 3*time.Second, "step 0 of student"},
		"a step beyond":       {stopAtStep(8), "student", 8, stopPatience + 3*time.Second, "step 8 of student"},
		"answers": {func(_ *fakeWorker, o protocol.Order) bool {
			return o.InferenceBatch != nil && o.InferenceBatch.Stage == 1
		}, "waiting for results of evaluate", 0, stopGrace + 3*time.Second, "results of evaluate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTestRun(t)
			b.start(1, false)
			if c.does != nil {
				b.startWorker("a", c.does)
			}
			b.awaitText(c.at)
			b.await("the steps", func() bool { return b.steps() >= c.steps })
			b.stop()
			err := b.end(c.within)
			if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), c.waits) {
				t.Errorf("%v\n%s", err, b.screen)
			}
		})
	}
}

// Workers die while a run that was asked to stop waits for them: it ends.
func TestWorkersThatDieAfterTheStop(t *testing.T) {
	t.Parallel()
	b := newTestRun(t, "cluster.min_workers=2")
	b.start(2, false)
	workers := []*fakeWorker{b.startWorker("a", stopAtStep(6)), b.startWorker("b", stopAtStep(6))}
	b.await("6 steps", func() bool { return b.steps() >= 6 })
	b.stop()
	b.awaitText("stopping after")
	for _, h := range workers {
		h.kill()
	}
	err := b.end(silenceTimeout + 8*time.Second)
	if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "since the last checkpoint") {
		t.Errorf("%v\n%s", err, b.screen)
	}
}

// What a run waits for is on the screen within five seconds, from whom, and once.
func TestARunSaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does func(*fakeWorker, protocol.Order) bool
		want string
	}{
		"workers": {nil, "workers: 0 of 1 have joined"},
		"models":  {func(_ *fakeWorker, o protocol.Order) bool { return o.Begin != nil }, "the model of student to be loaded (4s so far): worker a"},
		"links":   {func(_ *fakeWorker, o protocol.Order) bool { return o.Ring != nil }, "the ring's links (4s so far): worker a"},
		"a step":  {stopAtStep(3), "step 3 of student to be reported (4s so far): worker a"},
		"a part": {func(_ *fakeWorker, o protocol.Order) bool {
			return o.Checkpoint != nil || o.Step != nil && o.Step.Step >= 8
		}, "the checkpoint after step 5 (4s so far): shards of worker a"},
		"the score": {func(_ *fakeWorker, o protocol.Order) bool {
			return o.InferenceBatch != nil || o.Step != nil && o.Step.Step >= 8
		}, "the checkpoint after step 5 (4s so far): the scores of its validation rows"},
		"the model": {func(_ *fakeWorker, o protocol.Order) bool { return o.Save != nil }, "the model of student to be handed over (4s so far): worker a"},
		"inferences": {func(_ *fakeWorker, o protocol.Order) bool {
			return o.InferenceBatch != nil && o.InferenceBatch.Stage == 1
		}, "results of evaluate: 0 of 1 batches have arrived (4s so far): worker a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTestRun(t)
			b.start(1, false)
			if c.does != nil {
				b.startWorker("a", c.does)
			}
			b.awaitText("waiting for " + c.want)
			time.Sleep(1500 * time.Millisecond) // it is not said again at once
			if n := strings.Count(b.screen.String(), c.want); n != 1 {
				t.Errorf("said %d times:\n%s", n, b.screen)
			}
		})
	}
}

// A NATS server that was named goes away: the run says so, and ends when it is asked to.
func TestAStopWithoutANATSServer(t *testing.T) {
	t.Parallel()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(late) {
		t.Fatal("no server")
	}
	b := newTestRun(t, "cluster.nats="+srv.ClientURL(), "train.steps=100000")
	b.url = srv.ClientURL()
	b.start(1, false)
	b.awaitText("waiting for 1 worker")
	b.startWorker("a", slowly)
	b.await("7 steps", func() bool { return b.steps() >= 7 })
	srv.Shutdown()
	b.awaitText("waiting for the NATS server, which cannot be reached (4s so far)")
	b.stop()
	if err := b.end(stopGrace + 5*time.Second); !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "NATS server") {
		t.Errorf("%v\n%s", err, b.screen)
	}
}

// slowly has a fake worker take its time for a step.
func slowly(h *fakeWorker, o protocol.Order) bool {
	if o.Step != nil {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-h.ctx.Done():
		}
	}
	return false
}
