package coordinator

import (
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/run/protocol"
)

// stage is a phase of a run: training a model, or asking one for logits.
type stage interface {
	// name stands in logs and on the screen: teacher/empathy, logits/empathy, student, evaluate.
	name() string
	// kind says what the stage's units are.
	kind() core.Kind
	// taskNames are the tasks whose losses the stage reports, the target first.
	taskNames() []string
	// prepare readies the stage and returns what workers are to load and how many units
	// there are; none when nothing is left to do.
	prepare() (begin protocol.Begin, units int, err error)
	// finish makes what the stage left usable for later ones.
	finish() error
	// recall does that for a stage that another process has finished.
	recall() error
}

// headsOf are the tasks' heads, in order.
func headsOf(tasks []*job.Task) []protocol.Task {
	heads := make([]protocol.Task, len(tasks))
	for i, t := range tasks {
		heads[i] = protocol.Task{Name: t.Name, Classes: t.Corpus.Classes, Head: i}
	}
	return heads
}

// headsFrom are the tasks' heads, with those that go on from the base that training begins with.
func headsFrom(tasks []*job.Task) []protocol.Task {
	heads := headsOf(tasks)
	for i, t := range tasks {
		if t.Kept != nil {
			heads[i].Kept, heads[i].Head, heads[i].Order = true, t.Kept.Head, t.Kept.Order
		}
	}
	return heads
}
