package audit

import (
	"math"

	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// endEarly finds where the student's training ended by its scores, and holds the coordinator's record of
// them against the rule of the run file: a score at every multiple of its steps, and an end at the first that the
// rule gives.
func (t *trial) endEarly() {
	s := t.stage(plan.StudentStage)
	if s == nil {
		return
	}
	var judged []directory.Judged
	if c := t.record.Coordinator; c != nil {
		judged = c.Judged
	}
	rows := 0
	for _, task := range s.tasks {
		rows += len(s.rows[task])
	}
	s.early = plan.EarlyStopOf(t.record.Run, rows)
	if s.early.Patience == 0 {
		if len(judged) > 0 {
			t.problem("%s judges %s after %s, but the run file has no early_stop", recordLog, s.name, steps(judged[0].Steps))
		}
		return
	}
	var scores []plan.Validated
	for i, j := range judged {
		if want := s.early.Every * (i + 1); j.Stage != s.name || j.Steps != want || j.Steps >= s.total {
			t.problem("%s judges %s after %s, where %s of %s are to be judged", recordLog, j.Stage, steps(j.Steps), steps(want), s.name)
			return
		}
		scores = append(scores, plan.Validated{Steps: j.Steps, Score: j.Score})
		ends := s.early.Judge(scores).Ends
		if ends != j.Ends {
			t.problem("by early_stop and the scores in %s, %s ends early after %s: %v; the record says %v", recordLog, s.name, steps(j.Steps), ends, j.Ends)
		}
		if j.Ends {
			s.total = j.Steps
			if i < len(judged)-1 {
				t.problem("%s judges %s after it ended early, with %s", recordLog, s.name, steps(j.Steps))
			}
			return
		}
	}
}

// checkJudged makes sure that no step was done before the state that it depends on was judged, and that
// both logs have the same scores.
func (t *trial) checkJudged() {
	c, s := t.record.Coordinator, t.stage(plan.StudentStage)
	if c == nil || t.record.Damage != nil || s == nil || s.early.Patience == 0 {
		return
	}
	if due := (s.reach - 1) / s.early.Every; s.reach > 0 && len(c.Judged) < due {
		t.problem("%s has %s, and %s has the scores of %d states before them, not of %d (early_stop)", s.name, steps(s.reach), recordLog, len(c.Judged), due)
	}
	for _, j := range c.Judged {
		e, here := s.events[j.Steps]
		if v := e.Validation; here && !e.Lost && v != nil && v.Steps == j.Steps && math.Abs(v.F1-j.Score) > tolerance {
			t.problem("the score of %s after %s is %v in %s and %v in %s", s.name, steps(j.Steps), j.Score, recordLog, v.F1, eventLog)
		}
	}
}
