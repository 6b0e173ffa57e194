package audit

import (
	"errors"
	"fmt"

	"ringmaster/run/directory"
)

// ErrNoPlan: the run file and the training rows do not make a plan.
var ErrNoPlan = errors.New("the run has no usable plan")

// Verdict is what an audit comes to.
type Verdict struct {
	OK bool `json:"ok"`
	// Problems are what is wrong, a sentence each.
	Problems []string `json:"problems"`
	// Steps are the ledger's steps, Examples its examples of each task, over all stages.
	Steps    int            `json:"steps"`
	Examples map[string]int `json:"examples"`
	// Finished is false for a run that was stopped or cut off: it is judged as far as it came.
	Finished bool `json:"finished"`
}

// The logs, as problems name them.
const (
	eventLog  = "events.jsonl"
	ledgerLog = "ledger.jsonl"
)

// trial is an audit under way.
type trial struct {
	record   Record
	stages   []*stage
	problems []string
}

func (t *trial) problem(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
}

// Judge holds a record against its plan. An error, of kind ErrNoPlan, means that there
// is none; whatever is wrong with the logs is in the verdict.
func Judge(r Record) (Verdict, error) {
	stages, err := planned(r.Run, r.Plan)
	if err != nil {
		return Verdict{}, err
	}
	t := &trial{record: r, stages: stages, problems: []string{}}
	whole(t, eventLog, r.Events)
	whole(t, ledgerLog, r.Ledger)
	if r.Damage != nil {
		t.problem("%s cannot be read: %v", recordLog, r.Damage)
	}
	t.endEarly()
	t.checkOrder()
	v := Verdict{Examples: map[string]int{}, Finished: r.Finished}
	for _, s := range stages {
		if err := s.compute(); err != nil {
			return Verdict{}, err
		}
		t.checkExamples(s)
		t.checkEpochs(s)
		v.Steps += len(s.ledger)
		for _, entry := range s.ledger {
			for id, times := range countOf(entry) {
				v.Examples[id.Task] += times
			}
		}
	}
	t.checkEvents()
	t.checkDelivered()
	t.checkJudged()
	v.OK, v.Problems = len(t.problems) == 0, t.problems
	return v, nil
}

// whole tells whether a log could be read to its end.
func whole[T any](t *trial, name string, log Log[T]) {
	if log.Damage != nil {
		t.problem("%s cannot be read after line %d: %v", name, len(log.Lines), log.Damage)
	}
	if log.Torn {
		t.problem("%s is truncated: its last line, line %d, is incomplete", name, len(log.Lines)+1)
	}
}

// countOf is how often an entry has each example, over all ranks.
func countOf(entry directory.LedgerEntry) map[directory.ExampleID]int {
	count := map[directory.ExampleID]int{}
	for _, rank := range entry.Ranks {
		for _, id := range rank {
			count[id]++
		}
	}
	return count
}
