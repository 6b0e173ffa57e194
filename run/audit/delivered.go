package audit

import (
	"ringmaster/config"
	"ringmaster/run/plan"
)

// checkDelivered holds what the record says of the student that was delivered against the
// run file and the scores in the log.
func (t *trial) checkDelivered() {
	if t.record.Coordinator == nil || t.record.Coordinator.Delivered == nil {
		return
	}
	d := *t.record.Coordinator.Delivered
	s := t.stage(plan.StudentStage)
	switch {
	case s == nil:
		t.problem("%s names a selected student, but the run trains no student", recordLog)
	case t.record.Run.Train.Keep != config.KeepBest:
		t.problem("%s names the student after %s as the selected one, but train.keep is %s", recordLog, steps(d.Step), t.record.Run.Train.Keep)
	case d.Score < d.LastScore:
		t.problem("the student after %s was selected with a validation F1 of %v, but the student of the last step has %v", steps(d.Step), d.Score, d.LastScore)
	case d.Step == s.total && d.Score != d.LastScore:
		t.problem("the student of the last step is recorded with two values of validation F1, %v and %v", d.Score, d.LastScore)
	case d.Step == s.total:
	default:
		if v := s.events[d.Step].Validation; v == nil || v.Steps != d.Step || v.F1 != d.Score {
			t.problem("the student after %s was selected with a validation F1 of %v, but %s does not have this value", steps(d.Step), d.Score, eventLog)
		}
	}
}

// checkSkipped counts a stage's skipped steps again.
func (t *trial) checkSkipped(s *stage) {
	count := 0
	for n := range s.reach {
		e, here := s.events[n]
		if e.Skipped {
			count++
		}
		if here && e.SkippedSteps > 0 && e.SkippedSteps != count {
			t.problem("step %d of %s: the event counts %s skipped so far, but the log has %d", n, s.name, steps(e.SkippedSteps), count)
			return
		}
	}
}
