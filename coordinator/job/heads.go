package job

import (
	"strings"

	"ringmaster/model/weights"
)

// keepHeads finds the heads of the base that the tasks go on with, and says which, and which
// are begun anew though the base has heads.
func (j *Job) keepHeads(notify Notify) {
	if !j.Base.HasPooler && isBERT(j.Base) {
		notify("%s has no pooler; each training initialises one from its seed", j.Base.Dir)
	}
	for _, t := range j.Tasks {
		classes := t.Task.HeadOutputs()
		m, why, ok := j.Base.HeadFor(t.Name, t.Kind, classes)
		if ok && !j.Base.NamesTasks() && t != j.heir() {
			why, ok = "its only head is used for "+j.heir().Name, false
		}
		switch {
		case ok:
			t.Kept = &m
			notify("the head of task %s continues from %s (classes %s)", t.Name, j.Base.Dir, strings.Join(classes, ", "))
		case why != "":
			notify("the head of task %s is newly initialised: %s has none for it, since %s", t.Name, j.Base.Dir, why)
		}
	}
}

// heir is the task that goes on with a head that has no task's name: of those with its classes
// the target, or the first.
func (j *Job) heir() *Task {
	var heir *Task
	for i, t := range j.Tasks {
		if _, _, ok := j.Base.HeadFor(t.Name, t.Kind, t.Task.HeadOutputs()); ok && (heir == nil || i == j.Target) {
			heir = t
		}
	}
	return heir
}

func isBERT(f *weights.Folder) bool {
	_, ok := f.Config.(weights.BertConfig)
	return ok
}
