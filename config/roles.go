package config

import "slices"

// Adapts reports whether the run is a domain adaptation: the student is trained on Source
// and tested on the target.
func (r *Run) Adapts() bool { return r.Method == Single && r.Source != "" }

// StudentTasks are the tasks that the student is trained on: under Single the target alone,
// or Source in its place; else all but those marked for pretraining. It is empty for a run
// without a target.
func (r *Run) StudentTasks() []Task {
	var learnt []Task
	for _, t := range r.Tasks {
		if r.learns(t) {
			learnt = append(learnt, t)
		}
	}
	return learnt
}

func (r *Run) learns(t Task) bool {
	switch {
	case r.Adapts():
		return t.Name == r.Source
	case r.Method == Single:
		return t.Target
	}
	return !t.Pretrain
}

// PretrainTasks are the corpora of a pretraining: those marked for it, or all if none is.
func (r *Run) PretrainTasks() []Task {
	var marked []Task
	for _, t := range r.Tasks {
		if t.Pretrain {
			marked = append(marked, t)
		}
	}
	if len(marked) == 0 {
		return r.Tasks
	}
	return marked
}

// VectorTasks are the tasks that the student is not trained on but whose training rows are
// read to train word vectors.
func (r *Run) VectorTasks() []Task {
	var others []Task
	for _, t := range r.Tasks {
		if r.Model.TrainsVectors() && !r.learns(t) {
			others = append(others, t)
		}
	}
	return others
}

// Target is the task that the run is evaluated on; ok is false for a run without one.
func (r *Run) Target() (t Task, ok bool) {
	for _, t := range r.Tasks {
		if t.Target {
			return t, true
		}
	}
	return Task{}, false
}

// reads reports whether the run reads a task's files.
func (r *Run) reads(t Task) bool {
	switch {
	case r.Method == MaskedLM:
		return t.Pretrain || len(r.PretrainTasks()) == len(r.Tasks)
	case r.Model.TrainsVectors():
		return true
	}
	return r.learns(t) || r.Adapts() && t.Target
}

// PretrainClean is the replacements that all corpora of a pretraining have in common; false
// where they differ.
func (r *Run) PretrainClean() (Clean, bool) {
	var all Clean
	for i, t := range r.PretrainTasks() {
		c := t.Data.Clean
		own := Clean{URLs: c.URLs, Users: c.Users, Replace: c.Replace}
		if i > 0 && (own.URLs != all.URLs || own.Users != all.Users || !slices.Equal(own.Replace, all.Replace)) {
			return Clean{}, false
		}
		all = own
	}
	return all, true
}
