package coordinator

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"ringmaster/model/checkpoint"
	"ringmaster/refusals"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// lie is what a worker that holds everything a worker may hold reports in place of the truth.
type lie struct {
	kind refusals.Kind
	// tell gives the report for an order; nil does the order as an honest worker would.
	tell func(h *fakeWorker, o protocol.Order) *protocol.Report
}

// ofStep spoils the report of the third step.
func ofStep(spoil func(*protocol.StepDone)) lie {
	return lie{refusals.Undealt, func(h *fakeWorker, o protocol.Order) *protocol.Report {
		if o.Step == nil || o.Step.Step != 2 {
			return nil
		}
		d := honestStep(h, o.Step)
		spoil(d)
		return &protocol.Report{StepDone: d}
	}}
}

// honestStep is the report of a step in a world of one.
func honestStep(h *fakeWorker, s *protocol.Step) *protocol.StepDone {
	counts := make([]int, len(h.begin.Tasks))
	for _, e := range s.Examples {
		counts[e.Task]++
	}
	return &protocol.StepDone{
		Generation: s.Generation, Stage: s.Stage, Step: s.Step, ActiveRanks: s.ActiveRanks, World: 1,
		LossSum: make([]float64, len(counts)), Counts: counts, GradNorm: 1,
	}
}

// ofRing spoils where the worker says that it stands.
func ofRing(spoil func(*protocol.RingReady)) lie {
	return lie{refusals.Undealt, func(h *fakeWorker, o protocol.Order) *protocol.Report {
		if o.Ring == nil {
			return nil
		}
		held := *h.at
		r := protocol.RingReady{Generation: o.Ring.Generation, Held: &held}
		spoil(&r)
		return &protocol.Report{RingReady: &r}
	}}
}

// ofBatch spoils the logits of the first batch of the evaluation.
func ofBatch(logits func(n, classes int) [][]float32) lie {
	return lie{refusals.Undealt, func(h *fakeWorker, o protocol.Order) *protocol.Report {
		b := o.InferenceBatch
		if b == nil || h.begin.Train {
			return nil
		}
		return &protocol.Report{InferenceDone: &protocol.InferenceDone{
			Generation: b.Generation, Stage: b.Stage, Batch: b.Batch, Logits: logits(len(b.Examples), 2),
		}}
	}}
}

func rows(n, width int) [][]float32 {
	all := make([][]float32, n)
	for i := range all {
		all[i] = make([]float32, width)
	}
	return all
}

// ofShard offers other files as the part of a checkpoint, and ofModel as the model.
func ofShard(kind refusals.Kind, folder transfer.Folder) lie {
	return lie{kind, func(_ *fakeWorker, o protocol.Order) *protocol.Report {
		c := o.Checkpoint
		if c == nil {
			return nil
		}
		return &protocol.Report{ShardDone: &protocol.ShardDone{Generation: c.Generation, Stage: c.Stage, Step: c.Step, Index: c.Index, Of: c.Of, Folder: folder}}
	}}
}

func ofModel(kind refusals.Kind, folder transfer.Folder) lie {
	return lie{kind, func(_ *fakeWorker, o protocol.Order) *protocol.Report {
		if o.Save == nil {
			return nil
		}
		return &protocol.Report{Saved: &protocol.Saved{Stage: o.Save.Stage, Folder: folder}}
	}}
}

func lies() map[string]lie {
	sum := strings.Repeat("0", 64)
	file := func(name string, size int64) []transfer.File {
		return []transfer.File{{Name: name, Size: size, SHA256: sum}}
	}
	many := make([]transfer.File, 1000)
	for i := range many {
		many[i] = transfer.File{Name: fmt.Sprintf("f%03d.json", i), SHA256: sum}
	}
	shard := checkpoint.StateName(0, 1)
	return map[string]lie{
		"no counts":                      ofStep(func(d *protocol.StepDone) { d.Counts = nil }),
		"no losses":                      ofStep(func(d *protocol.StepDone) { d.LossSum = nil }),
		"counts that were not dealt":     ofStep(func(d *protocol.StepDone) { d.Counts[0] += 7 }),
		"counts below 0":                 ofStep(func(d *protocol.StepDone) { d.Counts = []int{-5, math.MaxInt} }),
		"a world of 2^45":                ofStep(func(d *protocol.StepDone) { d.World = 1 << 45 }),
		"a world of a hundred million":   ofStep(func(d *protocol.StepDone) { d.World = 100_000_000 }),
		"a world of 0":                   ofStep(func(d *protocol.StepDone) { d.World = 0 }),
		"20,000 ranks":                   ofStep(func(d *protocol.StepDone) { d.ActiveRanks = make([]int, 20_000) }),
		"a rank below 0":                 ofStep(func(d *protocol.StepDone) { d.ActiveRanks = []int{-1} }),
		"no ranks":                       ofStep(func(d *protocol.StepDone) { d.ActiveRanks = nil }),
		"a long hash":                    ofStep(func(d *protocol.StepDone) { d.Hash = strings.Repeat("a", 100_000) }),
		"escape codes as a hash":         ofStep(func(d *protocol.StepDone) { d.Hash = "\x1b[2J" }),
		"a step before it is dealt":      ofStep(func(d *protocol.StepDone) { d.Step = testSteps - 1 }),
		"a step beyond the last":         ofStep(func(d *protocol.StepDone) { d.Step = testSteps }),
		"a step below 0":                 ofStep(func(d *protocol.StepDone) { d.Step = -1 }),
		"a generation that is not there": ofStep(func(d *protocol.StepDone) { d.Generation = 1 << 40 }),
		"examples at fault without end": ofStep(func(d *protocol.StepDone) {
			d.NotFinite = &protocol.NotFinite{Examples: make([]int, 10_000)}
		}),
		"two reports in one": {refusals.Undealt, func(h *fakeWorker, o protocol.Order) *protocol.Report {
			if o.Step == nil {
				return nil
			}
			return &protocol.Report{StepDone: honestStep(h, o.Step), Leaving: &protocol.Leaving{}}
		}},
		"a state of millions of steps": ofRing(func(r *protocol.RingReady) { r.Held.Applied = 1 << 26 }),
		"a state of a step untold":     ofRing(func(r *protocol.RingReady) { r.Held.Applied = 1 }),
		"a state of less than nothing": ofRing(func(r *protocol.RingReady) { r.Held.Applied = -5 }),
		"a state of the future":        ofRing(func(r *protocol.RingReady) { r.Held.AppliedGeneration = 1 << 60 }),
		"a ring of the future":         ofRing(func(r *protocol.RingReady) { r.Generation = 1 << 60 }),
		"steps that nobody dealt": ofRing(func(r *protocol.RingReady) {
			for i := range 500 {
				r.Pending = append(r.Pending, protocol.StepDone{Step: 1000 + i, Generation: 2})
			}
		}),
		"empty logits":        ofBatch(func(n, _ int) [][]float32 { return rows(n, 0) }),
		"no rows of logits":   ofBatch(func(int, int) [][]float32 { return nil }),
		"null logits":         ofBatch(func(n, _ int) [][]float32 { return make([][]float32, n) }),
		"logits of a class":   ofBatch(func(n, _ int) [][]float32 { return rows(n, 1) }),
		"a thousand classes":  ofBatch(func(n, _ int) [][]float32 { return rows(n, 1000) }),
		"more rows of logits": ofBatch(func(n, classes int) [][]float32 { return rows(n+1, classes) }),

		"a device as a shard":         ofShard(refusals.Path, transfer.FolderOf("/dev", file("zero", 0))),
		"a secret file as a shard":    ofShard(refusals.Path, transfer.FolderOf("/etc", file("shadow", 0))),
		"a shard that climbs":         ofShard(refusals.Path, transfer.FolderOf("/x", file("../../secret", 9))),
		"a shard of another rank":     ofShard(refusals.Path, transfer.FolderOf("/x", file(checkpoint.StateName(1, 2), 9))),
		"progress.json as a shard":    ofShard(refusals.Path, transfer.FolderOf("/x", file("progress.json", 9))),
		"a shard of a pebibyte":       ofShard(refusals.Oversized, transfer.FolderOf("/x", file(shard, 1<<50))),
		"a shard under another's ID":  ofShard(refusals.Path, transfer.Folder{ID: "../../x", Path: "/x", Files: file(shard, 9)}),
		"a model of a pebibyte":       ofModel(refusals.Oversized, transfer.FolderOf("/x", file("model.safetensors", 1<<50))),
		"a model of 1,000 files":      ofModel(refusals.Oversized, transfer.FolderOf("/x", many)),
		"a model that climbs":         ofModel(refusals.Path, transfer.FolderOf("/x", file("../escaped", 3))),
		"a model named ..":            ofModel(refusals.Path, transfer.FolderOf("/x", file("..", 3))),
		"a program beside the model":  ofModel(refusals.Path, transfer.FolderOf("/x", file("modeling.py", 3))),
		"a model with an ID of paths": ofModel(refusals.Path, transfer.Folder{ID: "../../x", Path: "/x", Files: file("config.json", 2)}),
	}
}

// A worker that reports what cannot be true is refused, counted and excluded, whatever it says.
// The coordinator goes on, and the run comes to its end with honest workers and a clean audit.
func TestALiarIsExpelledAndTheRunEndsWell(t *testing.T) {
	for name, lie := range lies() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTestRun(t)
			b.start(1, false)
			token, lied := b.control().Seed, false
			liar := b.startLiar("evil", func(h *fakeWorker, o protocol.Order) bool {
				if lied { // orders that came in one message
					return true
				}
				r := lie.tell(h, o)
				if r == nil {
					return false
				}
				lied = true
				if err := h.report(*r); err != nil {
					t.Log(err) // the coordinator has ended, which is told below
				}
				return true
			})
			select {
			case <-liar.ended:
			case <-time.After(late):
				t.Fatalf("the liar is not excluded:\n%s", b.screen)
			}
			if !strings.Contains(liar.refusal, "not dealt") {
				t.Errorf("it is refused with %q", liar.refusal)
			}
			b.startWorker("good", nil)
			if err := b.end(late); err != nil {
				t.Fatalf("%v\n%s", err, b.screen)
			}
			b.passes()
			if got := b.modelState(); got != stateOf(testSteps) {
				t.Errorf("the model is in state %s", got)
			}
			if log := b.log.String(); !strings.Contains(log, fmt.Sprintf("refused (%s, 1 so far)", lie.kind)) {
				t.Errorf("it is not counted as %s:\n%.2000s", lie.kind, log)
			}
			if said := b.screen.String() + b.log.String(); strings.ContainsAny(said, "\x1b") || token == "" || strings.Contains(b.log.String(), token) || len(said) > 1<<16 {
				t.Errorf("escape codes, the token or %d bytes on screen and in the log", len(said))
			}
		})
	}
}

// A worker that lies many times before the run has begun is excluded once, and does not end the run.
func TestLiesBeforeTheRunBeginsEndNothing(t *testing.T) {
	b := newTestRun(t)
	b.start(2, false)
	liar := b.startFake(&fakeWorker{name: "evil", expectRefusal: true, joins: func(h *fakeWorker) {
		for i := range uint64(50) {
			text, err := json.Marshal(protocol.Report{Session: h.session, RingReady: &protocol.RingReady{Generation: 2 + i}})
			if err == nil {
				err = h.say(h.reportSubject(), text)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}})
	select {
	case <-liar.ended:
	case <-time.After(late):
		t.Fatalf("the liar is not excluded:\n%s", b.screen)
	}
	b.startWorker("a", nil)
	b.startWorker("b", nil)
	if err := b.end(late); err != nil {
		t.Fatalf("%v\n%s", err, b.screen)
	}
	b.passes()
}

// Losses that one rank of three invents are not committed: the ring gave all ranks the same.
func TestInventedLossesAreNotCommitted(t *testing.T) {
	b := newTestRun(t, "train.steps=200")
	b.start(3, false)
	lied := false
	b.startLiar("evil", func(h *fakeWorker, o protocol.Order) bool {
		// Among three, whenever that is: of two, nobody could say which one lies.
		if o.Step == nil || o.Step.Step < 7 || len(h.place.Workers) < 3 || lied {
			return false
		}
		lied = true
		h.invents = func(d *protocol.StepDone) { d.LossSum[0] = -42 }
		if err := h.step(o.Step); err != nil {
			t.Log(err)
		}
		return true
	})
	b.startWorker("a", nil)
	b.startWorker("b", nil)
	if err := b.end(late); err != nil {
		t.Fatalf("%v\n%s", err, b.screen)
	}
	b.passes()
	b.awaitText("than most ranks")
	for _, e := range b.events() {
		for task, loss := range e.Loss {
			if loss < 0 {
				t.Errorf("step %d has loss %g of %s", e.Step, loss, task)
			}
		}
	}
	if !slices.ContainsFunc(b.events(), func(e directory.Event) bool { return e.World == 2 }) {
		t.Error("the liar was in to the end")
	}
}
