package coordinator

import (
	"fmt"
	"math"
	"slices"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/run/plan"
)

// How often a student that is to be the best one is validated in a run, at least and at
// most, besides at its regular checkpoints.
const (
	fewestValidations = 3
	mostValidations   = 10
)

// choosesBest says whether a stage's result is chosen by validation rows: then no checkpoint
// that is due is left out, or the choice would be another from run to run.
func (r *coordinator) choosesBest(s *trainStage) bool {
	run := r.job.Run
	return plan.Final(s.name()) && run.Train.Keep == config.KeepBest && run.Checkpoint.Every > 0 && len(s.tasks[s.target].Valid) > 0
}

// nothingToChoose says why the best student cannot be delivered, where that is asked for.
func (r *coordinator) nothingToChoose(s *trainStage) string {
	switch {
	case r.job.Run.Train.Keep != config.KeepBest:
		return ""
	case len(s.tasks[s.target].Valid) == 0:
		return fmt.Sprintf("task %s has no validation rows", s.tasks[s.target].Name)
	}
	return "checkpoint.every is 0, and a state that is not kept cannot be chosen"
}

// validationEvery is how many steps lie between two validations of a stage of so many: an
// epoch's, within bounds.
func validationEvery(units int, epochs float64) int {
	times := min(max(int(math.Round(epochs)), fewestValidations), mostValidations)
	return max(1, (units+times-1)/times)
}

// checkpointDue says whether a checkpoint of the state before a step is asked for.
func (r *coordinator) checkpointDue(step int) bool {
	every := r.job.Run.Checkpoint.Every
	if every == 0 || step == 0 || step == r.from || r.kept == step {
		return false
	}
	if step%every == 0 {
		return true
	}
	s, trains := r.stages[r.current].(*trainStage)
	return trains && r.choosesBest(s) && step%validationEvery(r.units, r.job.Run.Train.Epochs) == 0
}

// mustWait says whether a step is dealt only when the checkpoint under way is whole: the state
// before it is one to choose from, and there is one checkpoint at a time.
func (r *coordinator) mustWait(d core.DealStep) bool {
	s := r.stages[d.Stage].(*trainStage)
	return r.keeping.of > 0 && r.choosesBest(s) && r.checkpointDue(d.Step) && r.keeping.step != d.Step
}

// dealHeld deals the steps that waited for a checkpoint, up to the next that has to wait.
func (r *coordinator) dealHeld() error {
	for len(r.held) > 0 && !r.mustWait(r.held[0]) {
		d := r.held[0]
		r.held = slices.Delete(r.held, 0, 1)
		if err := r.dealNow(d); err != nil {
			return err
		}
	}
	if d := r.heldSave; d != nil && r.keeping.of == 0 {
		r.heldSave = nil
		return r.save(*d)
	}
	return nil
}

// dealAllHeld deals them without waiting, since the ring they belong to is about to change.
func (r *coordinator) dealAllHeld() error {
	held := r.held
	r.held = nil
	for _, d := range held {
		if err := r.dealNow(d); err != nil {
			return err
		}
	}
	return nil
}
