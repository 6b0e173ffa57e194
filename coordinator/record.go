package coordinator

import (
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/rundir"
)

// recordGeneration has the number of a ring on disk before anybody is told of it.
func (r *running) recordGeneration(d core.FormRing) error {
	why := "between two steps"
	if d.Abrupt {
		why = "at once"
	}
	return r.recordNumber(d.Generation, d.Members, "ring, "+why)
}

// recordBegin does that for a Begin. One for a worker that comes late repeats a number.
func (r *running) recordBegin(d core.Begin) error {
	if d.Lineage == r.lineage {
		return nil
	}
	r.lineage = d.Lineage
	name := r.stages[d.Stage].name()
	if err := r.recordNumber(d.Lineage, d.Members, "begin "+name); err != nil {
		return err
	}
	return r.dir.Record(rundir.Entry{StageBegun: &rundir.StageBegun{Index: d.Stage, Name: name, Lineage: d.Lineage, From: d.From}})
}

func (r *running) recordNumber(n uint64, members []core.WorkerID, why string) error {
	names := make([]string, len(members))
	for i, w := range members {
		names[i] = string(w)
	}
	return r.dir.Record(rundir.Entry{Generation: &rundir.Generation{Number: n, Members: names, Why: why}})
}

func (r *running) recordDone(index int) error {
	return r.dir.Record(rundir.Entry{StageDone: &rundir.StageDone{Index: index, Name: r.stages[index].name()}})
}

// syncEvery is how often, at most, the logs are brought to the disk itself while a stage
// is trained.
const syncEvery = time.Second

// durable is how many steps of the stage are on the disk for good. Workers keep their
// reports of later ones.
func (r *running) durable() int {
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

// origin is where a run goes on: what its record and its logs say. It is nil when the run
// had not begun with any stage.
func (r *running) origin() (*core.Origin, error) {
	record, _, err := r.dir.ReadRecord()
	if err != nil {
		return nil, err
	}
	o := core.Origin{Generation: record.Generation, Stage: len(record.Done)}
	for _, name := range record.Members[record.Generation] {
		o.Members = append(o.Members, core.WorkerID(name))
	}
	if o.Stage >= len(r.stages) {
		return nil, fmt.Errorf("%w: it is finished, and %s holds its model", ErrCannotResume, r.dir.Layout)
	}
	for _, done := range record.Done {
		if err := r.stages[done.Index].recall(); err != nil {
			return nil, err
		}
	}
	if record.Stage == nil || record.Stage.Index != o.Stage || r.stages[o.Stage].kind() != core.Train {
		return &o, nil
	}
	o.Lineage = record.Stage.Lineage
	last, any, err := r.dir.LastEvent()
	if err != nil {
		return nil, err
	}
	steps := 0
	if any && last.Stage == r.stages[o.Stage].name() {
		steps = last.Step + 1
	}
	if record.Back != nil { // the logs were to be cut, and perhaps were not
		steps = min(steps, record.Back.To)
		if err := r.dir.TruncateTo(r.stages[o.Stage].name(), steps); err != nil {
			return nil, err
		}
	}
	switch {
	case record.Back != nil:
		// Killed on the way back to a checkpoint. What workers may hold of the steps that were
		// taken back is no part of the run any more: no mark reaches this one.
		o.Committed, o.Settled = core.Mark{Applied: steps, Lineage: record.Generation + 1}, record.Generation+1
		o.Generation++
	case steps <= record.Stage.From || !any:
		o.Committed, o.Settled = core.Mark{Applied: steps, Lineage: o.Lineage}, o.Lineage
	default:
		o.Committed, o.Settled = core.Mark{Applied: steps, Lineage: last.Generation}, max(last.Generation, last.Settled)
	}
	return &o, nil
}
