package coordinator

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/coordinator/core"
	"ringmaster/errkind"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// generationGap is how many numbers are left out where the record may have lost some that were
// given out.
const generationGap = 1 << 20

// recovery finds out where a resumed run continues.
type recovery struct {
	*setup
	stages  []stage
	lengths *lengths
}

// evidence is what a run directory says of how far the run came.
type evidence struct {
	record directory.Record
	lost   bool // entries of the record may be missing
	// last is the last line of both logs, any says that there is one, and at is its stage.
	last directory.Event
	any  bool
	at   int
	// newest is the highest generation that any file speaks of.
	newest uint64
}

// gather reads what there is.
func (r *recovery) gather() (e evidence, err error) {
	if e.record, _, err = r.dir.ReadRecord(); err != nil {
		return e, err
	}
	if e.last, e.any, err = r.dir.LastEvent(); err != nil {
		return e, err
	}
	e.lost, e.at = r.dir.RecordLost(), -1
	if e.any {
		e.at = slices.IndexFunc(r.stages, func(s stage) bool { return s.name() == e.last.Stage })
		if e.at < 0 {
			return e, fmt.Errorf("%w: its logs name a stage %q that this run file does not have", ErrCannotResume, e.last.Stage)
		}
	}
	e.newest = max(e.record.Generation, e.last.Generation, e.last.Settled)
	if !e.lost && !e.last.Lost {
		return e, nil
	}
	_, err = r.dir.ReadEvents(func(event directory.Event) error {
		e.newest = max(e.newest, event.Generation, event.Settled)
		return nil
	})
	if err != nil {
		return e, err
	}
	reached, err := r.dir.ReadProgress()
	if err != nil { // one that is damaged is passed over when the stage goes back
		return e, nil
	}
	for _, p := range reached {
		e.newest = max(e.newest, p.AppliedGeneration)
	}
	return e, nil
}

// stageUnderWay is the first stage that is not known to be done: as far as the record says,
// or as the logs do, where those are the newer.
func (r *recovery) stageUnderWay(e evidence) int {
	under := 0
	for _, done := range e.record.Done {
		under = max(under, done.Index+1)
	}
	if e.record.Stage != nil {
		under = max(under, e.record.Stage.Index)
	}
	if e.at >= under {
		under = e.at
		if _, ok := r.exported(r.stages[e.at]); ok {
			under++ // a stage with a model is done
		}
	}
	return under
}

// origin is where a run continues, by its record, its logs and its checkpoints; where some are
// missing, by the others.
func (r *recovery) origin() (*core.ResumePoint, error) {
	if err := r.reopen(); err != nil {
		return nil, err
	}
	e, err := r.gather()
	if err != nil {
		return nil, err
	}
	o := core.ResumePoint{Generation: e.record.Generation, Stage: r.stageUnderWay(e)}
	for _, name := range e.record.Members[e.record.Generation] {
		o.Members = append(o.Members, core.WorkerID(name))
	}
	if e.lost || e.newest > e.record.Generation {
		o.Generation = e.newest + generationGap
		r.notify("record.log may lack some generations; the next one is %d", o.Generation+1)
	}
	if o.Stage, err = r.ensureModel(o.Stage); err != nil {
		return nil, err
	}
	if o.Stage >= len(r.stages) {
		if _, err := os.Stat(r.dir.Metrics()); err == nil {
			return nil, errkind.Errorf(ErrFinished, "%w: it is finished, and its model is in %s; to train further, raise train.epochs or train.steps", ErrCannotResume, r.dir.Layout)
		}
		o.Stage = len(r.stages) - 1
		r.notify("%s has no scores: the model is scored again", r.dir.Layout)
	}
	for _, done := range r.stages[:o.Stage] {
		if err := done.recall(); err != nil {
			return nil, err
		}
	}
	if err := r.findCommitted(&o, e); err != nil {
		return nil, err
	}
	return &o, r.mendRecord(o, e)
}

// findCommitted says which steps of the stage under way are committed, and which workers' states
// are valid.
func (r *recovery) findCommitted(o *core.ResumePoint, e evidence) error {
	s, begun, steps := r.stages[o.Stage], e.record.Stage, 0
	if e.at == o.Stage {
		steps = e.last.Step + 1
	}
	known := begun != nil && begun.Index == o.Stage
	if s.kind() != core.Train || !known && steps == 0 {
		return nil
	}
	if known {
		o.BeginGeneration = begun.Generation
	}
	if back := e.record.Back; known && back != nil { // the logs were to be cut, and perhaps were not
		// Killed on the way back to a checkpoint. What workers may hold of the steps that were
		// taken back is no part of the run any more: no state of theirs is as new as this one.
		steps = min(steps, back.To)
		if err := r.dir.TruncateTo(s.name(), steps); err != nil {
			return err
		}
		o.Generation++
		o.Committed, o.Settled = core.StateID{Applied: steps, AppliedGeneration: o.Generation}, o.Generation
		return nil
	}
	if r.lengths.changed { // workers' later steps, if any, followed the schedules of another length
		o.Generation++
		o.Committed, o.Settled = core.StateID{Applied: steps, AppliedGeneration: o.Generation}, o.Generation
		return nil
	}
	switch {
	case known && !e.lost && (steps <= begun.From || !e.any):
		o.Committed, o.Settled = core.StateID{Applied: steps, AppliedGeneration: o.BeginGeneration}, o.BeginGeneration
	case steps > 0 && !e.last.Lost:
		// Its generation names the state. States of attempts before are behind it, so that the
		// lowest number will do for one that is forgotten.
		o.BeginGeneration = max(o.BeginGeneration, 1)
		o.Committed, o.Settled = core.StateID{Applied: steps, AppliedGeneration: e.last.Generation}, max(e.last.Generation, e.last.Settled)
	case known && !e.lost && steps > 0:
		// A state whose last step is of the newest generation has all committed steps.
		o.Committed, o.Settled = core.StateID{Applied: steps, AppliedGeneration: e.record.Generation}, e.record.Generation
	default:
		// Nothing says which workers' states are valid: the newest checkpoint is used.
		o.BeginGeneration = o.Generation
		o.Committed, o.Settled = core.StateID{Applied: steps, AppliedGeneration: o.Generation}, o.Generation
	}
	return nil
}

// mendRecord adds to the record what was found out, for whoever reads it next.
func (r *recovery) mendRecord(o core.ResumePoint, e evidence) error {
	var add []directory.Entry
	if o.Generation > e.record.Generation && (e.lost || e.newest > e.record.Generation) {
		add = append(add, directory.Entry{Generation: &directory.Generation{Number: o.Generation, Why: "numbers before it may be forgotten"}})
	}
	for i, s := range r.stages[:o.Stage] {
		if !slices.ContainsFunc(e.record.Done, func(d directory.StageDone) bool { return d.Index == i }) {
			add = append(add, directory.Entry{StageDone: &directory.StageDone{Index: i, Name: s.name()}})
		}
	}
	if o.BeginGeneration == 1 && (e.record.Stage == nil || e.record.Stage.Index != o.Stage) {
		add = append(add, directory.Entry{StageBegun: &directory.StageBegun{Index: o.Stage, Name: r.stages[o.Stage].name(), Generation: 1}})
	}
	for _, entry := range add {
		if err := r.dir.Record(entry); err != nil {
			return err
		}
	}
	return nil
}

// exported is the whole checkpoint of a stage's last step that holds its finished model, which
// stands beside the model's own folder.
func (r *recovery) exported(s stage) (directory.Checkpoint, bool) {
	if _, trains := s.(*trainStage); !trains || !plan.Final(s.name()) {
		return directory.Checkpoint{}, false
	}
	steps, err := s.(*trainStage).steps()
	if err != nil {
		return directory.Checkpoint{}, false
	}
	list, err := directory.OpenCheckpoints(r.dir.Checkpoints()).Of(s.name())
	if err != nil {
		return directory.Checkpoint{}, false
	}
	for _, cp := range slices.Backward(list) {
		p, err := cp.Progress()
		if err == nil && p.Steps == steps && cp.Step == steps && holdsModel(cp.Dir) && cp.Verify() == nil {
			return cp, true
		}
	}
	return directory.Checkpoint{}, false
}

// holdsModel says whether a checkpoint has a model beside the state, or in its place.
func holdsModel(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "config.json"))
	return err == nil
}
