package coordinator

import (
	"fmt"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/progress"
	"ringmaster/coordinator/straggler"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// committer writes committed units to the logs, and reports them to whoever watches.
type committer struct {
	*setup
	stage       *activeStage
	ring        *ring
	members     *membership
	record      *runRecord
	checkpoints *checkpointer
	// liar ends a worker whose reports cannot be true, once the decisions under way are executed.
	liar func(core.WorkerID, error)

	trace      *directory.Trace // nil unless asked for
	stragglers *straggler.Watch
	part       participation
	last       directory.Event // that was committed
}

func (c *committer) commit(d core.Commit) error {
	c.stage.done++
	if s := c.stage.training(); s != nil {
		return c.step(s, d)
	}
	return c.batch(c.stage.stage.(*inferStage), d)
}

// batch gives a batch's logits to the stage that asked for them.
func (c *committer) batch(s *inferStage, d core.Commit) error {
	done := c.stage.done
	c.worked(done, d.Worker)
	answers := c.stage.answers[d.Unit]
	delete(c.stage.answers, d.Unit)
	if err := s.commit(d.Unit, answers.Logits, answers.NotFinite); err != nil {
		return err
	}
	c.metrics().Batch(s.name(), len(answers.Logits))
	c.opts.Report.Step(progress.Step{Step: done - 1, Examples: map[string]int{s.name(): len(answers.Logits)}})
	return nil
}

// worked notes that workers took part in a unit, if it was never committed before.
func (c *committer) worked(done int, workers ...core.WorkerID) {
	if c.stage.advanced(done) {
		c.members.worked(workers)
	}
}

// step writes a step's lines. Every rank reports the losses and counts of the whole step, so
// they are taken from the worker that the core names; the other reports add times and bytes.
func (c *committer) step(s *trainStage, d core.Commit) error {
	reports := c.stage.reports[d.Unit]
	witness := reports[d.Worker]
	if witness == nil {
		return fmt.Errorf("%s step %d: worker %s applied it but sent no report", s.name(), d.Unit, d.Worker)
	}
	honest, odd := differing(reports, d.Worker)
	witness = reports[honest]
	for _, w := range odd {
		c.liar(w, undealt("other losses of step %d than most ranks", d.Unit))
	}
	e, ranks, err := s.event(d.Unit, witness)
	if err != nil {
		return err
	}
	reporters, err := c.addRanks(&e, s, reports)
	if err != nil {
		return err
	}
	// The score may arrive before the last report of the step that led to its state.
	if v := c.checkpoints.measured; v != nil && d.Unit >= v.Steps {
		e.Validation, c.checkpoints.measured = v, nil
	} else if e.Validation, err = s.judgedBefore(d.Unit); err != nil {
		return err
	}
	if newest := max(c.ring.generation, c.record.begun); newest > e.Generation {
		e.Settled = newest
	}
	if e.Skipped {
		c.notify("%s step %d is not finite and was skipped: %s", s.name(), d.Unit, s.atFault(d.Unit, reports, c.ring.rankOf))
		e.Loss = map[string]float64{} // JSON has no NaN
		e.GradNorm = 0
	}
	c.worked(c.stage.done, reporters...)
	if c.job.Run.Train.NotFinite == config.SkipNotFinite {
		if err := c.stage.skipped.count(c.dir.Layout, &e); err != nil {
			return err
		}
	}
	c.findStragglers(reports, witness)
	delete(c.stage.reports, d.Unit)
	delete(c.stage.dealt, d.Unit)
	s.committed(d.Unit + 1)
	if err := c.dir.Commit(e, directory.LedgerEntry{Stage: s.name(), Step: d.Unit, Ranks: ranks}); err != nil {
		return err
	}
	if e.Skipped { // the logs have the step that the run may end with
		if err := c.stage.skipped.diverging(c.job.Run.Train, e); err != nil {
			return err
		}
	}
	c.last = e
	c.metrics().Step(e)
	c.part.steps.Step(e.Stage, e.Step, e.World)
	if line := c.part.change(e.World, c.ring.members); line != "" {
		c.notify("%s", line)
	}
	c.opts.Report.Step(progress.Step{
		Step: e.Step, Lambda: e.Lambda, Loss: e.Loss, Examples: e.Examples, Seconds: e.Seconds, RingSeconds: e.Timeline.RingExposed,
	})
	return nil
}

// event is a step's line in the log, as far as one rank's report knows it, and the examples
// that each rank contributed.
func (s *trainStage) event(n int, witness *protocol.StepDone) (directory.Event, [][]directory.ExampleID, error) {
	step, ranks, err := s.assigned(n, witness.World, witness.ActiveRanks)
	if err != nil {
		return directory.Event{}, nil, err
	}
	e := directory.Event{
		Stage: s.name(), Step: n, Total: step.Total, Generation: witness.Generation, World: witness.World,
		Lambda: step.Lambda, LR: step.LR, Loss: map[string]float64{}, Examples: map[string]int{},
		GradNorm: witness.GradNorm, Hash: witness.Hash, Skipped: witness.NotFinite != nil, Time: time.Now().UTC(),
	}
	for t, task := range s.tasks {
		if n := witness.Counts[t]; n > 0 {
			e.Examples[task.Name] = n
			if s.masked != nil {
				e.Examples[task.Name], e.Masked = len(step.Examples), n
			}
			e.Loss[task.Name] = witness.LossSum[t] / float64(n)
		}
	}
	return e, ranks, nil
}

// addRanks adds what all ranks of the step's generation report: the slowest one's times, the
// sum of bytes, the trace. It returns who they are.
func (c *committer) addRanks(e *directory.Event, s *trainStage, reports map[core.WorkerID]*protocol.StepDone) (reporters []core.WorkerID, err error) {
	for w, report := range reports {
		if report.Generation != e.Generation {
			continue
		}
		reporters = append(reporters, w)
		rank := c.ring.rankOf(w)
		if report.Seconds > e.Seconds {
			e.Seconds, e.Timeline = report.Seconds, timelineOf(rank, report.Timeline)
		}
		e.RingBytes += report.RingBytes
		e.DenseBytes += report.DenseBytes
		if err := c.traceStep(rank, w, s, report); err != nil {
			return nil, err
		}
	}
	e.RingSeconds = e.Timeline.RingHidden + e.Timeline.RingExposed
	return reporters, nil
}

// findStragglers names a rank that holds the others up. Where a rank is fetching its state it
// computes little, and nothing follows from the times.
func (c *committer) findStragglers(reports map[core.WorkerID]*protocol.StepDone, witness *protocol.StepDone) {
	members := c.ring.members
	if len(witness.ActiveRanks) != len(members) || witness.Generation != c.ring.generation {
		return
	}
	samples := make([]straggler.Sample, len(members))
	for rank, w := range members {
		report := reports[w]
		if report == nil || report.Generation != witness.Generation {
			return
		}
		t := report.Timeline
		samples[rank] = straggler.Sample{
			Worker: string(w), Compute: t.Forward + t.Backward + t.Optimiser,
			InTransit: report.RingInTransit, Exposed: t.RingExposed, Total: report.Seconds,
		}
	}
	for _, f := range c.stragglers.Step(samples) {
		c.notify("%v", f)
		c.opts.Log.Warn("straggler", "worker", f.Worker, "rank", f.Rank, "fault", f.Fault, "times", f.Times, "share", f.Share)
	}
}

func timelineOf(rank int, t protocol.Timeline) directory.Timeline {
	return directory.Timeline{
		Rank: rank, Forward: t.Forward, Backward: t.Backward,
		RingHidden: t.RingHidden, RingExposed: t.RingExposed, Optimiser: t.Optimiser,
	}
}

// traceStep puts a rank's part of a step into the trace, where there is one.
func (c *committer) traceStep(rank int, w core.WorkerID, s *trainStage, report *protocol.StepDone) error {
	if c.trace == nil || rank < 0 {
		return nil
	}
	spans := make([]directory.TraceSpan, len(report.Spans))
	for i, span := range report.Spans {
		spans[i] = directory.TraceSpan{Row: string(span.Row), Name: span.Name, Began: span.Began, Micros: span.Micros}
	}
	return c.trace.Step(rank, string(w), s.name(), report.Step, spans)
}
