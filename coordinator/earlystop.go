package coordinator

import (
	"cmp"

	"ringmaster/coordinator/core"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// earlyStop ends a training where plan.EarlyStop says so of its scores. Each score is in record.log before
// a step is dealt that depends on it, so that a coordinator that resumes the run goes by the same scores.
type earlyStop struct {
	*setup
	stage string
	plan.EarlyStop
}

// earlyStopOf is that of the student; its zero rule never ends a training.
func (p *pipeline) earlyStopOf(s *trainStage) earlyStop {
	return earlyStop{setup: p.setup, stage: s.name(), EarlyStop: plan.EarlyStopOf(p.job.Run, s.rows())}
}

// rows is how many training rows the stage's tasks have.
func (s *trainStage) rows() int {
	rows := 0
	for _, t := range s.tasks {
		rows += t.Train.Len()
	}
	return rows
}

// on says whether the training may end early.
func (e earlyStop) on() bool { return e.Patience > 0 }

// judged are the stage's states that were judged, of at most so many steps.
func (e earlyStop) judged(atMost int) (of []directory.Judged, err error) {
	record, _, err := e.dir.ReadRecord()
	for _, j := range record.Judged {
		if j.Stage == e.stage && j.Steps <= atMost {
			of = append(of, j)
		}
	}
	return of, err
}

// end is after how many steps the stage ended, of at most atMost; else it is planned.
func (e earlyStop) end(planned, atMost int) (int, error) {
	if !e.on() {
		return planned, nil
	}
	judged, err := e.judged(atMost)
	if n := len(judged); n > 0 && judged[n-1].Ends {
		return judged[n-1].Steps, err
	}
	return planned, err
}

// passed is the last state that was judged, of at most so many steps.
func (e earlyStop) passed(atMost int) (int, error) {
	if !e.on() {
		return 0, nil
	}
	judged, err := e.judged(atMost)
	if n := len(judged); n > 0 {
		return judged[n-1].Steps, err
	}
	return 0, err
}

// judgedBefore is the score of the state before a step, where it was judged by a coordinator before this one.
func (s *trainStage) judgedBefore(step int) (*directory.Validation, error) {
	if !s.early.on() || step == 0 || step%s.early.Every != 0 {
		return nil, nil
	}
	judged, err := s.early.judged(step)
	n := len(judged)
	if err != nil || n == 0 || judged[n-1].Steps != step {
		return nil, err
	}
	target := s.tasks[s.target]
	return &directory.Validation{Steps: step, Task: target.Name, F1: judged[n-1].Score, Measure: directory.MeasureName(kinds.Main(target.Kind)), Rows: target.Valid.Len()}, nil
}

// add takes a state's score, and says whether the training ends with it.
func (e earlyStop) add(v directory.Validation, planned int) (ends bool, err error) {
	judged, err := e.judged(v.Steps - 1)
	if err != nil {
		return false, err
	}
	var scores []plan.Validated
	for _, j := range judged {
		scores = append(scores, plan.Validated{Steps: j.Steps, Score: j.Score})
	}
	p := e.Judge(append(scores, plan.Validated{Steps: v.Steps, Score: v.F1}))
	if p.Ends {
		e.notify("%s ends early, after step %d of %d: no %s in the last %d validations is better than that after step %d (early_stop)",
			e.stage, v.Steps, planned, cmp.Or(v.Measure, "F1"), p.Since, p.Best.Steps)
	}
	return p.Ends, e.dir.Record(directory.Entry{Judged: &directory.Judged{Stage: e.stage, Steps: v.Steps, Score: v.F1, Ends: p.Ends}})
}

// gated says of a stage that may end early where its gates are, and where it ended, as far as it was
// judged in its first steps up to one.
func gated(s stage, prepared *core.Prepared, upTo int) (err error) {
	train, trains := s.(*trainStage)
	if !trains || prepared.Units == 0 || !train.early.on() {
		return nil
	}
	prepared.GateEvery = train.early.Every
	if prepared.Passed, err = train.early.passed(upTo); err != nil {
		return err
	}
	prepared.Units, err = train.early.end(prepared.Units, upTo)
	return err
}
