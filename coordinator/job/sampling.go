package job

import (
	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/run/plan"
)

// Dealt is what a plan needs to know of the task.
func (t *Task) Dealt() plan.Task {
	p := plan.Task{Name: t.Name, Size: t.Train.Len()} // of a pretraining, packed sequences
	if t.Corpus == nil {
		return p
	}
	if p.Size == 0 { // the rows are not tokens yet
		p.Size = t.Corpus.Train.Len()
	}
	if t.Sampling == config.SamplingBalanced {
		p.Classes = classesOf(t.Kind, t.Corpus)
	}
	return p
}

// Dealt is what a plan needs to know of tasks, in their order.
func Dealt(tasks []*Task) []plan.Task {
	dealt := make([]plan.Task, len(tasks))
	for i, t := range tasks {
		dealt[i] = t.Dealt()
	}
	return dealt
}

// classesOf are the classes by which training rows are dealt alike often. Of several labels that is a row's rarest label, as
// splits have it; rows without any are a class of their own.
func classesOf(kind config.Kind, c *data.Corpus) []int32 {
	counts := c.Report.Train.Classes
	classes := make([]int32, c.Train.Len())
	for i := range classes {
		e := c.Train.Bare(i)
		classes[i] = int32(e.Class)
		if kind.Is(config.KindLabels) {
			classes[i] = int32(data.Rarest(e.Set, counts))
		}
	}
	return classes
}
