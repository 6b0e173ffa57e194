package coordinator

import (
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/progress"
	"ringmaster/coordinator/straggler"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// keepStep keeps a report until its step is committed. One of an older generation says
// nothing any more.
func (r *coordinator) keepStep(w core.WorkerID, s *protocol.StepDone) {
	if r.steps == nil || s.Stage != r.current {
		return
	}
	if r.steps[s.Step] == nil {
		r.steps[s.Step] = map[core.WorkerID]*protocol.StepDone{}
	}
	if known := r.steps[s.Step][w]; known == nil || known.Generation <= s.Generation {
		r.steps[s.Step][w] = s
	}
}

func (r *coordinator) keepAnswers(c *protocol.InferenceDone) {
	if r.answers != nil && c.Stage == r.current {
		r.answers[c.Batch] = c
	}
}

func (r *coordinator) commit(d core.Commit) error {
	r.done++
	switch s := r.stages[d.Stage].(type) {
	case *trainStage:
		return r.commitStep(s, d)
	case *inferStage:
		r.worked(r.done, d.Worker)
		c := r.answers[d.Unit]
		delete(r.answers, d.Unit)
		if err := s.commit(d.Unit, c.Logits, c.NotFinite); err != nil {
			return err
		}
		r.opts.Report.Step(progress.Step{Step: r.done - 1, Examples: map[string]int{s.name(): len(c.Logits)}})
	}
	return nil
}

// commitStep writes the step's lines and tells whoever watches. Losses and counts are the
// whole step's in every rank's report, so that of the worker which the core names will do;
// the others' are asked only for what took long.
func (r *coordinator) commitStep(s *trainStage, d core.Commit) error {
	witness := r.steps[d.Unit][d.Worker]
	if witness == nil {
		return fmt.Errorf("%s step %d: worker %s has applied it and says nothing of it", s.name(), d.Unit, d.Worker)
	}
	step, ranks, err := s.assigned(d.Unit, witness.World, witness.ActiveRanks)
	if err != nil {
		return err
	}
	e := directory.Event{
		Stage: s.name(), Step: d.Unit, Total: step.Total, Generation: witness.Generation, World: witness.World,
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
	var reporters []core.WorkerID
	for w, report := range r.steps[d.Unit] {
		if report.Generation != witness.Generation {
			continue
		}
		reporters = append(reporters, w)
		rank := r.rankOf(w)
		if report.Seconds > e.Seconds {
			e.Seconds, e.Timeline = report.Seconds, timelineOf(rank, report.Timeline)
		}
		e.RingBytes += report.RingBytes
		e.DenseBytes += report.DenseBytes
		if err := r.traceStep(rank, w, s, report); err != nil {
			return err
		}
	}
	// It may be there before the last report of the step that led to its state.
	if v := r.measured; v != nil && d.Unit >= v.Steps {
		e.Validation, r.measured = v, nil
	}
	e.RingSeconds = e.Timeline.RingHidden + e.Timeline.RingExposed
	if newest := max(r.generation, r.beginGeneration); newest > e.Generation {
		e.Settled = newest
	}
	if e.Skipped {
		r.notify("%s step %d is not finite and was skipped: %s", s.name(), d.Unit, s.atFault(d.Unit, r.steps[d.Unit], r.rankOf))
		e.Loss = map[string]float64{} // JSON has no word for it
		e.GradNorm = 0
	}
	r.worked(r.done, reporters...)
	if err := r.countSkipped(&e); err != nil {
		return err
	}
	r.lookForStragglers(r.steps[d.Unit], witness)
	delete(r.steps, d.Unit)
	s.committed(d.Unit + 1)
	if err := r.dir.Commit(e, directory.LedgerEntry{Stage: s.name(), Step: d.Unit, Ranks: ranks}); err != nil {
		return err
	}
	if e.Skipped { // it stands in the logs that end with it
		if err := r.diverging(e); err != nil {
			return err
		}
	}
	r.tookPart.Step(e.Stage, e.Step, e.World)
	r.tellWorld(e.World)
	r.opts.Report.Step(progress.Step{
		Step: e.Step, Lambda: e.Lambda, Loss: e.Loss, Examples: e.Examples, Seconds: e.Seconds, RingSeconds: e.Timeline.RingExposed,
	})
	return nil
}

// lookForStragglers names a rank that holds the others up. A rank that learns has little to
// do, and says nothing of the others.
func (r *coordinator) lookForStragglers(reports map[core.WorkerID]*protocol.StepDone, witness *protocol.StepDone) {
	if len(witness.ActiveRanks) != len(r.ring) || witness.Generation != r.generation {
		return
	}
	samples := make([]straggler.Sample, len(r.ring))
	for rank, w := range r.ring {
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
	for _, f := range r.stragglers.Step(samples) {
		r.notify("%v", f)
		r.opts.Log.Warn("straggler", "worker", f.Worker, "rank", f.Rank, "fault", f.Fault, "times", f.Times, "share", f.Share)
	}
}

func timelineOf(rank int, t protocol.Timeline) directory.Timeline {
	return directory.Timeline{
		Rank: rank, Forward: t.Forward, Backward: t.Backward,
		RingHidden: t.RingHidden, RingExposed: t.RingExposed, Optimiser: t.Optimiser,
	}
}

// traceStep puts a rank's part of a step into the trace, where there is one.
func (r *coordinator) traceStep(rank int, w core.WorkerID, s *trainStage, report *protocol.StepDone) error {
	if r.trace == nil || rank < 0 {
		return nil
	}
	spans := make([]directory.TraceSpan, len(report.Spans))
	for i, span := range report.Spans {
		spans[i] = directory.TraceSpan{Row: string(span.Row), Name: span.Name, Began: span.Began, Micros: span.Micros}
	}
	return r.trace.Step(rank, string(w), s.name(), report.Step, spans)
}
