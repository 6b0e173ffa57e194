package coordinator

import (
	"fmt"
	"strings"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/waiting"
)

// waits are the two things that a run may wait for at a time: what it goes on with, and a
// checkpoint that is put together meanwhile; and what tells why it waits.
type waits struct {
	run, checkpoint waiting.Watch
	ticked          time.Time // last
	away            bool      // the NATS server cannot be reached
	stopped         time.Time // when the user asked for the end; zero before
}

// tellWaits tells what has been waited for longer than usual.
func (c *coordinator) tellWaits(now time.Time, wait waiting.Wait) {
	tell := func(told waiting.Told, is bool) {
		if is {
			c.notify("%v", told)
			c.opts.Log.Warn("waiting", "for", told.For, "from", told.From, "since", told.Lasts)
		}
	}
	tell(c.waits.run.Look(now, wait))
	tell(c.waits.checkpoint.Look(now, c.checkpoints.pending.waitsFor(c.handover.saving)))
}

// waitsFor is what the run as a whole waits for.
func (c *coordinator) waitsFor() waiting.Wait {
	if c.waits.away {
		return waiting.Wait{Kind: "nats", For: "the NATS server, which cannot be reached"}
	}
	w := c.machine.Waiting()
	name := c.stages[min(w.Stage, len(c.stages)-1)].name()
	wait := waiting.Wait{From: workersNamed(w.From), Mark: [2]uint64{w.Generation, uint64(w.Done)}}
	switch w.For {
	case core.Nothing:
		return waiting.Wait{}
	case core.Workers:
		wait.Kind, wait.For, wait.From = "workers", fmt.Sprintf("workers: %d of %d have joined", w.Done, w.Of), c.respawner.unjoined()
	case core.Preparation:
		wait.Kind, wait.For = "preparation", fmt.Sprintf("the data and the model of %s to be read", name)
	case core.Models:
		wait.Kind, wait.For = "models", fmt.Sprintf("the model of %s to be loaded", name)
	case core.Links:
		wait.Kind, wait.For = "links", "the ring's links"
	case core.Steps:
		wait.Kind, wait.For = "steps of "+name, fmt.Sprintf("step %d of %s to be reported", w.Done, name)
		if judge := c.checkpoints.toJudge; judge != nil {
			wait.For, wait.From = fmt.Sprintf("the score of %s after step %d, with which it may end (early_stop)", name, judge.Step), ""
		}
		if held := c.dealer.held; len(held) > 0 && held[0].Step <= w.Done {
			wait.For, wait.From = fmt.Sprintf("the checkpoint after step %d, which the student may be chosen from", c.checkpoints.pending.step), ""
		}
	case core.InferenceBatches:
		wait.Kind, wait.For = "batches of "+name, fmt.Sprintf("results of %s: %d of %d batches have arrived", name, w.Done, w.Of)
	case core.Handover:
		wait.Kind, wait.For = "handover", fmt.Sprintf("the model of %s to be handed over", name)
		if s := c.handover.saving; s != nil && s.finished && s.pulled {
			wait.For, wait.From = fmt.Sprintf("the model of %s to be fetched", name), workersNamed([]core.WorkerID{s.worker})
		}
		if c.checkpoints.pending.last {
			wait.From = "" // the checkpoint's own line says it
		}
		wait.Mark[1] = c.checkpoints.pending.arrived()
	}
	return wait
}

// mostNamed is how many workers a line names.
const mostNamed = 8

func workersNamed(ids []core.WorkerID) string {
	if len(ids) == 0 {
		return ""
	}
	names := make([]string, 0, len(ids))
	for _, id := range ids[:min(len(ids), mostNamed)] {
		names = append(names, string(id))
	}
	text := "worker " + strings.Join(names, ", ")
	if more := len(ids) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
