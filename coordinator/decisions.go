package coordinator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/progress"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// carryOut does what the core decided.
func (r *coordinator) carryOut(ctx context.Context, d core.Decision) {
	var err error
	switch d := d.(type) {
	case core.FormRing:
		err = r.formRing(d)
	case core.TransferState:
		err = r.teach(d)
	case core.Ask:
		r.gateway.nudge(d.Worker)
	case core.Dropped:
		r.drop(d)
	case core.Evict:
		err = r.evict(d)
	case core.Release:
		err = r.release(d)
	case core.RingBroken:
		r.unlinked(d)
	case core.Barred:
		r.bar(d)
	case core.Paused:
		r.paused(d)
	case core.Resumed:
		r.resumed(d)
	case core.Prepare:
		r.prepare(d.Stage)
	case core.GoBack:
		r.goBack(d)
	case core.Begin:
		err = r.beginStage(d)
	case core.DealStep:
		err = r.dealStep(d)
	case core.DealBatch:
		err = r.dealBatch(d)
	case core.Commit:
		err = r.commit(d)
	case core.Save:
		err = r.save(d)
	case core.SaveLater:
		r.saving = nil
		r.notify("%v; it is tried again in %s", d.Cause, d.In)
	case core.StageDone:
		err = r.stageDone(d.Stage)
	case core.Finished:
		r.over = true
	case core.Stopped:
		r.fail(fmt.Errorf("%w%s", ErrStopped, r.undone()))
	case core.Abort:
		r.fail(r.explain(d.Cause))
	default:
		err = fmt.Errorf("coordinator: unknown decision %T", d)
	}
	if err != nil {
		r.fail(err)
	}
}

// prepare readies a stage outside the loop: it may read and hash gigabytes.
func (r *coordinator) prepare(index int) {
	s := r.stages[index]
	r.background(func() result {
		begin, units, err := s.prepare()
		if err != nil {
			return result{err: fmt.Errorf("%s: %w", s.name(), err)}
		}
		return result{
			apply: func() error { r.describe(index, begin, units); return nil },
			event: core.Prepared{Stage: index, Kind: s.kind(), Units: units},
		}
	})
}

// describe takes in what a stage consists of.
func (r *coordinator) describe(index int, begin protocol.Begin, units int) {
	begin.Stage, begin.Name, begin.Device, begin.Trace = index, r.stages[index].name(), r.job.Run.Device, r.opts.Trace
	if index != r.current {
		r.done, r.synced, r.from, r.kept, r.farthest = 0, 0, 0, 0, 0
	}
	r.current, r.begin, r.units = index, begin, units
	r.steps, r.answers = map[int]map[core.WorkerID]*protocol.StepDone{}, map[int]*protocol.InferenceDone{}
	r.saving, r.saved, r.skipped, r.held, r.heldSave, r.measured = nil, nil, skipped{}, nil, nil, nil
	r.keeping.abandon()
}

func (r *coordinator) beginStage(d core.Begin) error {
	s := r.stages[d.Stage]
	if err := r.recordBegin(d); err != nil {
		return err
	}
	if !r.begun[d.Stage] {
		r.begun[d.Stage] = true
		r.began = time.Now()
		r.opts.Report.StageStarted(progress.Stage{
			Name: s.name(), Index: d.Stage + 1, Of: len(r.stages), Steps: r.units,
			Tasks: s.taskNames(), Annealed: r.begin.Targets == plan.Annealed,
		})
	}
	begin := r.begin
	begin.Generation = d.Generation
	if d.From == 0 {
		begin.Restore = nil // it learns what it lacks
	}
	for _, w := range d.Members {
		if err := r.gateway.order(w, protocol.Order{Begin: &begin}); err != nil {
			return err
		}
	}
	return nil
}

// dealStep sends every rank of the ring its part of a step, and before it what is due
// between two steps.
func (r *coordinator) dealStep(d core.DealStep) error {
	if len(r.held) > 0 || r.mustWait(d) {
		r.held = append(r.held, d)
		return nil
	}
	return r.dealNow(d)
}

func (r *coordinator) dealNow(d core.DealStep) error {
	s := r.stages[d.Stage].(*trainStage)
	if err := r.checkpointBefore(d); err != nil {
		return err
	}
	orders, err := s.deal(d.Step, len(r.ring), d.ActiveRanks)
	if err != nil {
		return err
	}
	for rank := range orders {
		o := orders[rank]
		o.Stage, o.Generation, o.Committed = d.Stage, d.Generation, r.durable()
		o.Hash = o.Hash || d.Hash
		if err := r.gateway.order(r.ring[rank], protocol.Order{Step: &o}); err != nil {
			return err
		}
	}
	return nil
}

func (r *coordinator) dealBatch(d core.DealBatch) error {
	c := r.stages[d.Stage].(*inferStage).deal(d.Batch)
	c.Stage, c.Generation = d.Stage, d.Generation
	return r.gateway.order(d.Worker, protocol.Order{InferenceBatch: &c})
}

// stageDone lets the stage put its results to use, then goes on.
func (r *coordinator) stageDone(index int) error {
	s := r.stages[index]
	if err := s.finish(); err != nil {
		return fmt.Errorf("%s: %w", s.name(), err)
	}
	r.opts.Report.StageDone()
	if _, trains := s.(*trainStage); trains && r.units == 0 {
		r.planned.Taken = append(r.planned.Taken, s.name())
		if err := r.dir.WritePlan(r.planned); err != nil {
			return err
		}
	}
	if r.units > 0 {
		r.times = append(r.times, progress.StageTime{Name: s.name(), Took: time.Since(r.began)})
	}
	if err := r.dir.Sync(); err != nil {
		return err
	}
	if err := r.recordDone(index); err != nil {
		return err
	}
	return r.pruneDone(s)
}

// explain adds to a cause what the core does not know of it: which examples a step that is
// not finite has.
func (r *coordinator) explain(cause error) error {
	if errors.Is(cause, core.ErrNotSaved) {
		return fmt.Errorf("%s: %w; --resume goes on from its newest checkpoint", r.stages[r.current].name(), cause)
	}
	var not *core.NotFiniteError
	if !errors.As(cause, &not) {
		return cause
	}
	if s, trains := r.stages[not.Stage].(*trainStage); trains {
		return fmt.Errorf("%s: %w: %s. The learning rate is %g there: %s; train.not_finite: skip passes over single steps",
			s.name(), cause, s.atFault(not.Step, r.steps[not.Step], r.rankOf), s.rate(not.Step), calmer)
	}
	return cause
}

// rankOf is a worker's rank in the newest ring, −1 if it has none.
func (r *coordinator) rankOf(w core.WorkerID) int {
	for rank, member := range r.ring {
		if member == w {
			return rank
		}
	}
	return -1
}
