package coordinator

import (
	"context"
	"fmt"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/plan"
	"ringmaster/coordinator/progress"
	"ringmaster/coordinator/protocol"
	"ringmaster/coordinator/rundir"
)

// carryOut does what the core decided.
func (r *running) carryOut(ctx context.Context, d core.Decision) {
	var err error
	switch d := d.(type) {
	case core.FormRing:
		err = r.formRing(d)
	case core.Prepare:
		r.prepare(d.Stage)
	case core.Begin:
		err = r.beginStage(d)
	case core.DealStep:
		err = r.dealStep(d)
	case core.DealChunk:
		err = r.dealChunk(d)
	case core.Commit:
		err = r.commit(d)
	case core.Save:
		err = r.session.order(d.Worker, protocol.Order{Save: &protocol.Save{Stage: d.Stage}})
	case core.StageDone:
		err = r.stageDone(d.Stage)
	case core.Finished:
		r.over = true
	case core.Stopped:
		r.fail(ErrStopped)
	case core.Abort:
		r.fail(d.Cause)
	default:
		err = fmt.Errorf("coordinator: unknown decision %T", d)
	}
	if err != nil {
		r.fail(err)
	}
}

func (r *running) formRing(d core.FormRing) error {
	r.members = d.Members
	cluster := r.job.Run.Cluster
	ring := protocol.Ring{Generation: d.Generation, Topology: cluster.Topology, Broker: cluster.Broker}
	for _, w := range d.Members {
		ring.Workers = append(ring.Workers, string(w))
		if cluster.Topology == config.Mesh {
			ring.RingURLs = append(ring.RingURLs, r.hellos[w].RingURL)
		}
	}
	for rank, w := range d.Members {
		mine := ring
		mine.Rank = rank
		if err := r.session.order(w, protocol.Order{Ring: &mine}); err != nil {
			return err
		}
	}
	return nil
}

// prepare readies a stage outside the loop: it may read and hash gigabytes.
func (r *running) prepare(index int) {
	s := r.stages[index]
	r.background(func() result {
		begin, units, err := s.prepare()
		if err != nil {
			return result{err: fmt.Errorf("%s: %w", s.name(), err)}
		}
		begin.Stage, begin.Name, begin.Device, begin.Trace = index, s.name(), r.job.Run.Device, r.opts.Trace
		return result{
			apply: func() { r.current, r.begin, r.units = index, begin, units },
			event: core.Prepared{Stage: index, Kind: s.kind(), Units: units},
		}
	})
}

func (r *running) beginStage(d core.Begin) error {
	s := r.stages[d.Stage]
	r.steps, r.chunks = map[int]map[core.WorkerID]*protocol.StepDone{}, map[int]*protocol.ChunkDone{}
	r.done, r.began = 0, time.Now()
	r.opts.Report.StageStarted(progress.Stage{
		Name: s.name(), Index: d.Stage + 1, Of: len(r.stages), Steps: r.units,
		Tasks: s.taskNames(), Annealed: r.begin.Targets == plan.Annealed,
	})
	begin := r.begin
	begin.Generation = d.Generation
	for _, w := range d.Members {
		if err := r.session.order(w, protocol.Order{Begin: &begin}); err != nil {
			return err
		}
	}
	return nil
}

func (r *running) dealStep(d core.DealStep) error {
	orders, err := r.stages[d.Stage].(*trainStage).deal(d.Step, len(r.members))
	if err != nil {
		return err
	}
	for rank := range orders {
		o := orders[rank]
		o.Stage, o.Generation = d.Stage, d.Generation
		if err := r.session.order(r.members[rank], protocol.Order{Step: &o}); err != nil {
			return err
		}
	}
	return nil
}

func (r *running) dealChunk(d core.DealChunk) error {
	c := r.stages[d.Stage].(*inferStage).deal(d.Chunk)
	c.Stage, c.Generation = d.Stage, d.Generation
	return r.session.order(d.Worker, protocol.Order{Chunk: &c})
}

func (r *running) keepStep(w core.WorkerID, s *protocol.StepDone) {
	if r.steps == nil || s.Stage != r.current {
		return
	}
	if r.steps[s.Step] == nil {
		r.steps[s.Step] = map[core.WorkerID]*protocol.StepDone{}
	}
	r.steps[s.Step][w] = s
}

func (r *running) keepChunk(c *protocol.ChunkDone) {
	if r.chunks != nil && c.Stage == r.current {
		r.chunks[c.Chunk] = c
	}
}

func (r *running) commit(d core.Commit) error {
	r.done++
	switch s := r.stages[d.Stage].(type) {
	case *trainStage:
		return r.commitStep(s, d)
	case *inferStage:
		c := r.chunks[d.Unit]
		delete(r.chunks, d.Unit)
		if err := s.commit(d.Unit, c.Logits); err != nil {
			return err
		}
		r.opts.Report.Step(progress.Step{Step: r.done - 1, Examples: map[string]int{s.name(): len(c.Logits)}})
	}
	return nil
}

// commitStep writes the step's lines and tells whoever watches.
func (r *running) commitStep(s *trainStage, d core.Commit) error {
	step := s.steps[d.Unit]
	delete(s.steps, d.Unit)
	e := rundir.Event{
		Stage: s.name(), Step: d.Unit, Total: r.units, Generation: d.Generation, World: len(r.members),
		Lambda: step.Lambda, LR: step.LR, Loss: map[string]float64{}, Examples: map[string]int{},
		Time: time.Now().UTC(),
	}
	// Ranks are added in their order, so that the sum has the same bits every time.
	for rank, w := range r.members {
		report := r.steps[d.Unit][w]
		for t, task := range s.tasks {
			e.Loss[task.Name] += report.LossSum[t]
			e.Examples[task.Name] += report.Counts[t]
		}
		e.GradNorm = report.GradNorm
		if rank == 0 || report.Seconds > e.Seconds {
			e.Seconds, e.Timeline = report.Seconds, timelineOf(rank, report.Timeline)
		}
		e.RingBytes += report.RingBytes
		e.DenseBytes += report.DenseBytes
		if err := r.traceStep(rank, w, s, report); err != nil {
			return err
		}
	}
	e.RingSeconds = e.Timeline.RingHidden + e.Timeline.RingExposed
	for task, n := range e.Examples {
		if n == 0 {
			delete(e.Loss, task)
			delete(e.Examples, task)
			continue
		}
		e.Loss[task] /= float64(n)
	}
	delete(r.steps, d.Unit)
	if err := r.dir.AppendLedger(rundir.LedgerEntry{Stage: s.name(), Step: d.Unit, Ranks: step.ranks}); err != nil {
		return err
	}
	if err := r.dir.AppendEvent(e); err != nil {
		return err
	}
	r.opts.Report.Step(progress.Step{
		Step: e.Step, Lambda: e.Lambda, Loss: e.Loss, Examples: e.Examples, Seconds: e.Seconds, RingSeconds: e.Timeline.RingExposed,
	})
	return nil
}

func timelineOf(rank int, t protocol.Timeline) rundir.Timeline {
	return rundir.Timeline{
		Rank: rank, Forward: t.Forward, Backward: t.Backward,
		RingHidden: t.RingHidden, RingExposed: t.RingExposed, Optimiser: t.Optimiser,
	}
}

// traceStep puts a rank's part of a step into the trace, where there is one.
func (r *running) traceStep(rank int, w core.WorkerID, s *trainStage, report *protocol.StepDone) error {
	if r.trace == nil {
		return nil
	}
	spans := make([]rundir.TraceSpan, len(report.Spans))
	for i, span := range report.Spans {
		spans[i] = rundir.TraceSpan{Row: string(span.Row), Name: span.Name, Began: span.Began, Micros: span.Micros}
	}
	return r.trace.Step(rank, string(w), s.name(), report.Step, spans)
}

// stageDone lets the stage put its results to use, then goes on.
func (r *running) stageDone(index int) error {
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
	return r.dir.Sync()
}
