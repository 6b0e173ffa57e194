package coordinator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/waiting"
)

// waits are the two things that a run may wait for at a time: what it goes on with, and a
// checkpoint that is put together meanwhile.
type waits struct{ run, checkpoint waiting.Watch }

// tellWaits says what has been waited for longer than usual.
func (r *coordinator) tellWaits(now time.Time) {
	tell := func(told waiting.Told, is bool) {
		if is {
			r.notify("%v", told)
			r.opts.Log.Warn("waiting", "for", told.For, "from", told.From, "since", told.Lasts)
		}
	}
	tell(r.waits.run.Look(now, r.waitsFor()))
	tell(r.waits.checkpoint.Look(now, r.keepingFor()))
}

// waitsFor is what the run as a whole waits for.
func (r *coordinator) waitsFor() waiting.Wait {
	if r.away {
		return waiting.Wait{Kind: "nats", For: "the NATS server, which is not reached"}
	}
	w := r.machine.Waiting()
	name := r.stages[min(w.Stage, len(r.stages)-1)].name()
	is := waiting.Wait{From: workersNamed(w.From), Mark: [2]uint64{w.Generation, uint64(w.Done)}}
	switch w.For {
	case core.Nothing:
		return waiting.Wait{}
	case core.Workers:
		is.Kind, is.For, is.From = "workers", fmt.Sprintf("workers: %d of %d are there", w.Done, w.Of), r.unjoined()
	case core.Preparation:
		is.Kind, is.For = "preparation", fmt.Sprintf("what %s begins with to be read", name)
	case core.Models:
		is.Kind, is.For = "models", fmt.Sprintf("the model of %s to be loaded", name)
	case core.Links:
		is.Kind, is.For = "links", "the ring's links"
	case core.Steps:
		is.Kind, is.For = "steps of "+name, fmt.Sprintf("step %d of %s to be reported", w.Done, name)
		if len(r.held) > 0 && r.held[0].Step <= w.Done {
			is.For, is.From = fmt.Sprintf("the checkpoint after step %d, a state that the student may be chosen from", r.keeping.step), ""
		}
	case core.InferenceBatches:
		is.Kind, is.For = "batches of "+name, fmt.Sprintf("answers of %s, of which %d of %d pieces are there", name, w.Done, w.Of)
	case core.Handover:
		is.Kind, is.For = "handover", fmt.Sprintf("the model of %s to be handed over", name)
		if s := r.saving; s != nil && s.finished && s.pulled {
			is.For, is.From = fmt.Sprintf("the model of %s to be fetched", name), workersNamed([]core.WorkerID{s.worker})
		}
		if r.keeping.last {
			is.From = "" // tellWaits says it of the checkpoint
		}
		is.Mark[1] = r.keeping.arrived()
	}
	return is
}

// keepingFor is what the checkpoint on its way waits for.
func (r *coordinator) keepingFor() waiting.Wait {
	k := &r.keeping
	if k.of == 0 {
		return waiting.Wait{}
	}
	is := waiting.Wait{Kind: "checkpoint", For: fmt.Sprintf("the checkpoint after step %d", k.step), Mark: [2]uint64{uint64(k.number)}}
	var from []core.WorkerID
	for i := range k.of {
		if k.shards[i] == nil {
			from = append(from, k.holders[i])
		}
	}
	switch {
	case len(from) > 0:
		is.From = "parts of " + workersNamed(from)
	case !k.valid.complete():
		is.From = fmt.Sprintf("the scoring of its validation rows, of which %d of %d pieces are there", len(k.valid.got), len(k.valid.batches))
	case k.last && k.model == nil && r.saving != nil:
		is.From = "the model of " + workersNamed([]core.WorkerID{r.saving.worker})
	case k.writing:
		is.From = "it is being written"
	}
	return is
}

// arrived rises with everything that comes of a checkpoint that is waited for.
func (c *checkpointing) arrived() uint64 {
	n := len(c.shards)
	if c.valid != nil {
		n += len(c.valid.got)
	}
	if c.model != nil {
		n++
	}
	if c.writing {
		n++
	}
	return uint64(n)
}

// unjoined names the workers of this machine that were started and did not join yet.
func (r *coordinator) unjoined() string {
	if r.local == nil {
		return ""
	}
	names := slices.DeleteFunc(r.local.names(), func(name string) bool { return r.members[core.WorkerID(name)] != nil })
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%s did not join yet (%s)", strings.Join(names, ", "), r.local.options.logDir)
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
