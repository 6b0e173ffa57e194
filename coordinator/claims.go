package coordinator

import (
	"fmt"
	"maps"
	"slices"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
	"ringmaster/shown"
)

// claims compares what workers report with what they were dealt, before any number of it
// becomes an index, a size or a line of the log. What is late or was said before is let through or
// dropped as before: only what no honest worker can report is an error (ErrUndealt).
type claims struct {
	stage       *activeStage
	ring        *ring
	checkpoints *checkpointer
}

// undealt is ErrUndealt with what is wrong.
func undealt(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUndealt}, args...)...)
}

// judge compares a report. It also makes of it what the rest of the program may use without
// looking: times and texts within bounds, steps that may be kept.
func (c *claims) judge(w core.WorkerID, r *protocol.Report) error {
	switch {
	case r.Kinds() > 1:
		return undealt("a report of %d kinds at once", r.Kinds())
	case r.StepDone != nil:
		return c.stepDone(r.StepDone)
	case r.RingReady != nil:
		return c.ringReady(r.RingReady)
	case r.StageReady != nil:
		return c.generation(r.StageReady.Generation)
	case r.Broken != nil:
		return c.generation(r.Broken.Generation)
	case r.InferenceDone != nil:
		return c.inferenceDone(w, r.InferenceDone)
	case r.ShardDone != nil && r.ShardDone.Error == "" && c.checkpoints.pending.awaits(w, r.ShardDone):
		return c.shard(r.ShardDone)
	case r.Saved != nil && r.Saved.Error == "":
		return c.model(r.Saved)
	}
	return nil
}

// generation says that a number was given out.
func (c *claims) generation(n uint64) error {
	if n > c.ring.newest {
		return undealt("generation %d, and the newest is %d", n, c.ring.newest)
	}
	return nil
}

// ofTraining says whether a step's report is about the training stage under way.
func (c *claims) ofTraining(stage int) bool {
	return stage == c.stage.index && c.stage.training() != nil
}

// stepDone judges a report that comes with its step. One of an older ring is void, and is not
// kept: what is true of it comes again with RingReady.
func (c *claims) stepDone(d *protocol.StepDone) error {
	if !c.ofTraining(d.Stage) {
		return nil
	}
	if err := c.step(d); err != nil || d.Step < c.stage.done {
		return err
	}
	dealt, known := c.stage.dealt[d.Step]
	switch {
	case known && dealt.generation == d.Generation && !slices.Equal(d.ActiveRanks, dealt.active):
		return undealt("step %d on the ranks %v, and it was dealt to %v", d.Step, beginning(d.ActiveRanks), beginning(dealt.active))
	case known && dealt.generation == d.Generation:
		return c.sums(d)
	case d.Generation == c.ring.generation:
		return undealt("step %d, which was not dealt in generation %d", d.Step, d.Generation)
	}
	return nil
}

// step judges what a step's report says of its place in the run.
func (c *claims) step(d *protocol.StepDone) error {
	if d.Step < 0 || d.Step >= c.stage.units {
		return undealt("step %d, and %s has %d", d.Step, c.stage.name(), c.stage.units)
	}
	if err := c.generation(d.Generation); err != nil {
		return err
	}
	if world, known := c.ring.worlds[d.Generation]; known && d.World != world {
		return undealt("step %d in a ring of %d, and that of generation %d has %d", d.Step, d.World, d.Generation, world)
	}
	if d.World < 1 || d.World > maxWorld || !ranksOf(d.World, d.ActiveRanks) {
		return undealt("step %d on the ranks %v of %d", d.Step, beginning(d.ActiveRanks), d.World)
	}
	if len(d.Hash) > maxHash || !shown.Name("x"+d.Hash) {
		return undealt("a parameter hash of %d bytes", len(d.Hash))
	}
	bound(d, c.stage.begin.Trace)
	return nil
}

// sums judges a step's sums: how many losses there are of each task follows from the plan.
func (c *claims) sums(d *protocol.StepDone) error {
	s := c.stage.training()
	want, err := s.counts(d.Step)
	if err != nil {
		return err
	}
	if !slices.Equal(d.Counts, want) || len(d.LossSum) != len(want) {
		return undealt("step %d with %d losses of tasks over %v examples, and it was dealt %v", d.Step, len(d.LossSum), beginning(d.Counts), want)
	}
	if n := d.NotFinite; n != nil && len(n.Examples) > len(s.known[d.Step].Examples) {
		return undealt("%d examples at fault in step %d, which has %d", len(n.Examples), d.Step, len(s.known[d.Step].Examples))
	}
	return nil
}

const (
	// maxWorld is the most ranks that a ring may have.
	maxWorld = 1 << 16
	// maxHash is far above the length of a parameter hash.
	maxHash = 64
	// maxSpans is how many spans a step may have in the trace.
	maxSpans = 1 << 12
	// maxPending is how far beyond the committed steps one may be that a worker holds: the logs
	// are synced once a second, and after a crash of the machine they lack what came since.
	maxPending = 1 << 13
	// maxSeconds and maxBytes are above what any step takes; sums of them do not overflow.
	maxSeconds, maxBytes = 1e7, 1 << 50
)

// ranksOf says whether active are ranks of a ring, rising, each once, and at least one.
func ranksOf(world int, active []int) bool {
	for i, rank := range active {
		if rank < 0 || rank >= world || i > 0 && rank <= active[i-1] {
			return false
		}
	}
	return len(active) > 0
}

// beginning is as much of a list as a person is shown.
func beginning(list []int) []int { return list[:min(len(list), 16)] }

// bound puts measured values, which nothing compares with, into bounds, and makes names safe.
func bound(d *protocol.StepDone, traced bool) {
	for _, seconds := range []*float64{
		&d.Seconds, &d.RingInTransit, &d.Timeline.Forward, &d.Timeline.Backward, &d.Timeline.RingHidden, &d.Timeline.RingExposed, &d.Timeline.Optimiser,
	} {
		*seconds = min(max(*seconds, 0), maxSeconds)
	}
	d.GradNorm = max(d.GradNorm, 0)
	d.RingBytes, d.DenseBytes = min(d.RingBytes, maxBytes), min(d.DenseBytes, maxBytes)
	if !traced {
		d.Spans = nil
	}
	d.Spans = d.Spans[:min(len(d.Spans), maxSpans)]
	for i := range d.Spans {
		span := &d.Spans[i]
		if span.Row != protocol.RingRow {
			span.Row = protocol.ComputeRow
		}
		span.Name = shown.Short(span.Name)
	}
}

// ringReady judges where a worker says that its state stands. The most advanced one becomes the
// run's, so each step in it that is not committed has to be told with it.
func (c *claims) ringReady(r *protocol.RingReady) error {
	if err := c.generation(r.Generation); err != nil {
		return err
	}
	told := map[int]bool{}
	kept := r.Pending[:0]
	for _, d := range r.Pending {
		if !c.ofTraining(d.Stage) {
			continue
		}
		if err := c.step(&d); err != nil {
			return err
		}
		if d.Step < c.stage.done || d.Step >= c.stage.done+maxPending {
			continue
		}
		if err := c.sums(&d); err != nil {
			return err
		}
		told[d.Step] = true
		kept = append(kept, d)
	}
	r.Pending = kept
	h := r.Held
	if h == nil || !c.ofTraining(h.Stage) || r.Generation < c.ring.generation {
		return nil
	}
	if h.Applied < 0 || h.Applied > c.stage.units || h.AppliedGeneration > c.ring.newest {
		return undealt("a state of %d steps and generation %d; the stage has %d steps, and the newest generation is %d",
			h.Applied, h.AppliedGeneration, c.stage.units, c.ring.newest)
	}
	for step := c.stage.done; step < h.Applied; step++ {
		if !told[step] {
			return undealt("a state of %d steps without a report of step %d", h.Applied, step)
		}
	}
	return nil
}

// joining judges the state that a worker says it holds when it joins, and leaves it out where
// the run cannot have it: the worker fetches the state then.
func (c *claims) joining(h *core.Held) *core.Held {
	if h == nil || h.State.Applied < 0 || h.State.AppliedGeneration > c.ring.newest {
		return nil
	}
	return h
}

// differing are the workers whose sums of a step differ from those that most reports of its
// generation have, and a worker that reports these: the ring gives all ranks the same bits.
func differing(reports map[core.WorkerID]*protocol.StepDone, witness core.WorkerID) (honest core.WorkerID, odd []core.WorkerID) {
	by := map[string][]core.WorkerID{}
	for w, r := range reports {
		if r.Generation == reports[witness].Generation {
			sums := fmt.Sprint(r.LossSum)
			by[sums] = append(by[sums], w)
		}
	}
	most := fmt.Sprint(reports[witness].LossSum)
	for _, sums := range slices.Sorted(maps.Keys(by)) {
		if len(by[sums]) > len(by[most]) {
			most = sums
		}
	}
	if honest = witness; !slices.Contains(by[most], witness) {
		honest = slices.Min(by[most])
	}
	for _, workers := range by {
		if len(workers) < len(by[most]) {
			odd = append(odd, workers...)
		}
	}
	slices.Sort(odd)
	return honest, odd
}
