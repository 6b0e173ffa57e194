package coordinator

import (
	"ringmaster/coordinator/core"
	"ringmaster/run/directory"
)

// runRecord writes record.log: what a coordinator that resumes the run has to know. Each
// generation's number is on the disk before a worker hears of it.
type runRecord struct {
	dir *directory.Dir
	// begun is the generation of the newest Begin.
	begun uint64
}

// ring records the generation of a ring.
func (r *runRecord) ring(d core.FormRing) error {
	why := "between two steps"
	if d.Abrupt {
		why = "at once"
	}
	return r.generation(d.Generation, d.Members, "ring, "+why)
}

// begin records the generation of a stage's Begin. One for a worker that comes late repeats
// the number.
func (r *runRecord) begin(d core.Begin, stage string) error {
	if d.Generation == r.begun {
		return nil
	}
	r.begun = d.Generation
	if err := r.generation(d.Generation, d.Members, "begin "+stage); err != nil {
		return err
	}
	return r.dir.Record(directory.Entry{StageBegun: &directory.StageBegun{Index: d.Stage, Name: stage, Generation: d.Generation, From: d.From}})
}

func (r *runRecord) generation(n uint64, members []core.WorkerID, why string) error {
	names := make([]string, len(members))
	for i, w := range members {
		names[i] = string(w)
	}
	return r.dir.Record(directory.Entry{Generation: &directory.Generation{Number: n, Members: names, Why: why}})
}

// done records the end of a stage.
func (r *runRecord) done(index int, stage string) error {
	return r.dir.Record(directory.Entry{StageDone: &directory.StageDone{Index: index, Name: stage}})
}
