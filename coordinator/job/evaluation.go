package job

import (
	"ringmaster/kinds"
	"ringmaster/run/directory"
)

// EvalPart is a part of a task's rows that the finished student is scored on.
type EvalPart struct {
	Task *Task
	Head int // index in the job's Tasks of the task whose head answers
	Part directory.Part
	Rows Rows
}

// EvalParts lists the parts that have rows, the valid part of a task before its test part. With
// targetOnly the other tasks are left out. Of an AdaptTarget only test rows are scored: its
// validation rows must not influence anything. With noTest test rows are left out.
func (j *Job) EvalParts(targetOnly, noTest bool) []EvalPart {
	var parts []EvalPart
	add := func(p EvalPart) {
		if p.Rows.Len() > 0 && !(noTest && p.Part == directory.Test) {
			parts = append(parts, p)
		}
	}
	for i, task := range j.Tasks {
		if targetOnly && i != j.Target {
			continue
		}
		add(EvalPart{task, i, directory.Valid, task.Valid})
		if !targetOnly || j.AdaptTarget == nil {
			add(EvalPart{task, i, directory.Test, task.Test})
		}
	}
	if t := j.AdaptTarget; t != nil { // the source's head answers
		add(EvalPart{t, j.Target, directory.Test, t.Test})
	}
	return parts
}

// Meaning is what the task's kind means.
func (t *Task) Meaning() kinds.Kind { return kinds.Of(t.Task.Kind) }

// HeadOutputs names what the task's head gives: the corpus's classes, and the logarithm of a value's variance where the
// loss asks for one.
func (t *Task) HeadOutputs() []string {
	if outputs := t.Task.HeadOutputs(); len(outputs) > len(t.Corpus.Classes) {
		return outputs
	}
	return t.Corpus.Classes
}

// Scorer scores answers to the task's texts, those of two classes by its positive class.
func (t *Task) Scorer() (kinds.Scorer, error) {
	return t.Meaning().NewScorer(t.Corpus.Classes, t.Positive())
}

// Positive is the class that a task of two is judged by; empty for others.
func (t *Task) Positive() string {
	if p := t.Corpus.Report.Positive; p != nil {
		return p.Class
	}
	return ""
}

// EvalTask is the task whose test rows judge the run.
func (j *Job) EvalTask() *Task {
	if j.AdaptTarget != nil {
		return j.AdaptTarget
	}
	return j.Tasks[j.Target]
}
