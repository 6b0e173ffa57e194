package coordinator

import (
	"fmt"
	"math"

	"ringmaster/config"
	"ringmaster/run/plan"
)

// How often a student that is to be the best one is validated in a run, at least and at
// most, besides at its regular checkpoints.
const (
	fewestValidations = 3
	mostValidations   = 10
)

// choosesBest says whether the stage's result is chosen by validation rows: then no checkpoint
// that is due is left out, or the choice would be another from run to run.
func (s *trainStage) choosesBest() bool {
	run := s.job.Run
	return plan.Final(s.name()) && run.Train.Keep == config.KeepBest && run.Checkpoint.Every > 0 && s.tasks[s.target].Valid.Len() > 0
}

// nothingToChoose says why the best student cannot be delivered, where that is asked for.
func (s *trainStage) nothingToChoose() string {
	switch {
	case s.job.Run.Train.Keep != config.KeepBest:
		return ""
	case s.tasks[s.target].Valid.Len() == 0:
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
