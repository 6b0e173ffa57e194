package coordinator

import (
	"context"
	"errors"
	"fmt"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/progress"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// execute does what the core decided.
func (c *coordinator) execute(ctx context.Context, d core.Decision) {
	var err error
	switch d := d.(type) {
	case core.FormRing:
		err = c.formRing(d)
	case core.TransferState:
		err = c.members.transferState(d)
	case core.Ping:
		c.gateway.nudge(d.Worker)
	case core.Dropped:
		err = c.drop(d)
	case core.Evict:
		err = c.members.evict(d)
	case core.Release:
		err = c.members.release(d)
	case core.RingBroken:
		c.ringBroken(d)
	case core.Barred:
		c.members.barred(d)
	case core.Paused:
		c.paused(d)
	case core.Resumed:
		c.notify("resumed with %d workers", d.Have)
	case core.Prepare:
		c.prepare(d.Stage)
	case core.RollBack:
		c.rollBack(d)
	case core.Begin:
		err = c.beginStage(d)
	case core.DealStep:
		err = c.dealer.step(d)
	case core.Judge:
		err = c.checkpoints.judge(d)
	case core.DealBatch:
		err = c.dealer.batch(d)
	case core.Commit:
		err = c.committer.commit(d)
	case core.Save:
		err = c.dealer.save(d)
	case core.SaveLater:
		c.handover.again(d)
	case core.StageDone:
		err = c.stageDone(d.Stage)
	case core.Finished:
		c.over = true
	case core.Stopped:
		c.fail(fmt.Errorf("%w%s", ErrStopped, c.stage.undone()))
	case core.Abort:
		c.fail(c.explain(d.Cause))
	default:
		err = fmt.Errorf("coordinator: unknown decision %T", d)
	}
	if err != nil {
		c.fail(err)
	}
}

// prepare readies a stage outside the loop: it may read and hash gigabytes.
func (c *coordinator) prepare(index int) {
	s := c.stages[index]
	c.background(func() result {
		begin, units, err := s.prepare()
		prepared := core.Prepared{Stage: index, Kind: s.kind(), Units: units}
		if err == nil {
			err = gated(s, &prepared, units)
		}
		if err != nil {
			return result{err: fmt.Errorf("%s: %w", s.name(), err)}
		}
		return result{
			apply: func() error { c.load(index, begin, prepared.Units); return nil },
			event: prepared,
		}
	})
}

// load makes a stage the one under way.
func (c *coordinator) load(index int, begin protocol.Begin, units int) {
	s := c.stages[index]
	begin.Stage, begin.Name, begin.Device, begin.Trace = index, s.name(), c.job.Run.Device, c.opts.Trace
	if index != c.stage.index {
		c.logs.rollBack(0)
	}
	c.stage.load(index, s, begin, units)
	c.dealer.drop()
	c.handover.reset()
	c.checkpoints.reset()
}

// beginStage has workers load the stage's model.
func (c *coordinator) beginStage(d core.Begin) error {
	s := c.stages[d.Stage]
	if err := c.record.begin(d, s.name()); err != nil {
		return err
	}
	c.ring.newest = max(c.ring.newest, d.Generation)
	if c.stage.times.begin(d.Stage) {
		c.opts.Report.StageStarted(progress.Stage{
			Name: s.name(), Index: d.Stage + 1, Of: len(c.stages), Steps: c.stage.units,
			Tasks: s.taskNames(), Annealed: c.stage.begin.Targets == plan.Annealed,
		})
	}
	begin := c.stage.begin
	begin.Generation = d.Generation
	if d.From == 0 {
		begin.Restore = nil // a worker that lacks state fetches it
	}
	for _, w := range d.Members {
		if err := c.gateway.order(w, protocol.Order{Begin: &begin}); err != nil {
			return err
		}
	}
	return nil
}

// formRing tells its members of a new ring, after its number is on the disk.
func (c *coordinator) formRing(d core.FormRing) error {
	if err := c.record.ring(d); err != nil {
		return err
	}
	if !d.Abrupt { // what is dealt is completed in the old ring
		if err := c.dealer.flush(); err != nil {
			return err
		}
	}
	c.ring.members, c.ring.generation = d.Members, d.Generation
	c.ring.numbered(d.Generation, len(d.Members))
	if d.Abrupt {
		c.dealer.drop()
		c.stage.dropReports()
		c.checkpoints.abandon()
	}
	return c.members.formRing(d)
}

// ringBroken tells that a ring broke whose members live.
func (c *coordinator) ringBroken(d core.RingBroken) {
	c.metrics().RingBroken()
	if d.Cause != nil {
		c.notify("ring %d broke and is formed again: %v", d.Generation, d.Cause)
	}
}

// drop lets go of a worker that is gone or silent.
func (c *coordinator) drop(d core.Dropped) error {
	c.members.lost(d.Worker, d.Cause)
	p, steps := &c.checkpoints.pending, c.dealer.heldSave == nil
	c.dealer.forget(d.Worker)
	if !p.needs(d.Worker) || steps && !p.finished {
		return nil // there are steps to be done: a ring is formed anew, which abandons the checkpoint
	}
	c.checkpoints.giveUp(fmt.Errorf("worker %s, which held a shard of it, is gone", d.Worker))
	return c.checkpoints.ended()
}

func (c *coordinator) paused(d core.Paused) {
	howToJoin := ""
	if c.respawner.local == nil {
		howToJoin = fmt.Sprintf(" (%s)", c.nc.invitation())
	}
	c.notify("paused: %d of at least %d workers; the run resumes when more join%s", d.Have, d.Need, howToJoin)
}

// stageDone lets the stage put its results to use, then goes on.
func (c *coordinator) stageDone(index int) error {
	s := c.stages[index]
	if err := s.finish(); err != nil {
		return fmt.Errorf("%s: %w", s.name(), err)
	}
	c.opts.Report.StageDone()
	_, trains := s.(*trainStage)
	if trains && c.stage.units == 0 {
		if err := c.planFile.addTaken(s.name()); err != nil {
			return err
		}
	}
	if c.stage.units > 0 {
		c.stage.times.end(s.name())
	}
	if err := c.dir.Sync(); err != nil {
		return err
	}
	if err := c.record.done(index, s.name()); err != nil {
		return err
	}
	defer c.kept()
	if !trains {
		return nil
	}
	return pruneCheckpoints(c.dir, c.job.Run, s.name())
}

// explain adds to a cause what the core does not know of it: which examples a step that is
// not finite has.
func (c *coordinator) explain(cause error) error {
	if errors.Is(cause, core.ErrNotSaved) {
		return fmt.Errorf("%s: %w; --resume continues from its newest checkpoint", c.stage.name(), cause)
	}
	var not *core.NotFiniteError
	if !errors.As(cause, &not) {
		return cause
	}
	if s, trains := c.stages[not.Stage].(*trainStage); trains {
		return fmt.Errorf("%s: %w: %s. The learning rate there is %g: %s, or set train.not_finite: skip to pass over single steps",
			s.name(), cause, s.atFault(not.Step, c.stage.reports[not.Step], c.ring.rankOf), s.rate(not.Step), calmer)
	}
	return cause
}
