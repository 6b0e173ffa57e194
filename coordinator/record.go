package coordinator

import (
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/directory"
)

// recordGeneration has the number of a ring on disk before anybody is told of it.
func (r *coordinator) recordGeneration(d core.FormRing) error {
	why := "between two steps"
	if d.Abrupt {
		why = "at once"
	}
	return r.recordNumber(d.Generation, d.Members, "ring, "+why)
}

// recordBegin does that for a Begin. One for a worker that comes late repeats a number.
func (r *coordinator) recordBegin(d core.Begin) error {
	if d.Generation == r.beginGeneration {
		return nil
	}
	r.beginGeneration = d.Generation
	name := r.stages[d.Stage].name()
	if err := r.recordNumber(d.Generation, d.Members, "begin "+name); err != nil {
		return err
	}
	return r.dir.Record(directory.Entry{StageBegun: &directory.StageBegun{Index: d.Stage, Name: name, Generation: d.Generation, From: d.From}})
}

func (r *coordinator) recordNumber(n uint64, members []core.WorkerID, why string) error {
	names := make([]string, len(members))
	for i, w := range members {
		names[i] = string(w)
	}
	return r.dir.Record(directory.Entry{Generation: &directory.Generation{Number: n, Members: names, Why: why}})
}

func (r *coordinator) recordDone(index int) error {
	return r.dir.Record(directory.Entry{StageDone: &directory.StageDone{Index: index, Name: r.stages[index].name()}})
}

// syncEvery is how often, at most, the logs are brought to the disk itself while a stage
// is trained.
const syncEvery = time.Second

// durable is how many steps of the stage are on the disk for good. Workers keep their
// reports of later ones.
func (r *coordinator) durable() int {
	if !r.syncing && r.done > r.synced && time.Since(r.syncedAt) > syncEvery {
		r.syncing = true
		stage, done := r.current, r.done
		r.background(func() result {
			err := r.dir.Sync()
			return result{err: err, apply: func() error {
				r.syncing, r.syncedAt = false, time.Now()
				if stage == r.current {
					r.synced = min(done, r.done)
				}
				return nil
			}}
		})
	}
	return r.synced
}
