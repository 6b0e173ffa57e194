package plan

import "ringmaster/config"

// EarlyStop ends a training whose score on validation rows has not risen for a while. It looks at the
// states after every Every steps; the schedules of learning rate and λ are those of the whole length.
// The zero EarlyStop never ends one.
type EarlyStop struct {
	Every    int     // steps from one validation to the next
	Patience int     // validations in a row without a better score after which it ends
	MinDelta float64 // by how much a score must exceed the best one to be better
}

// Validated is the score of a training's state after so many steps.
type Validated struct {
	Steps int     `json:"steps"`
	Score float64 `json:"score"`
}

// Patience is what validations so far come to.
type Patience struct {
	Best  Validated // the first where none is better
	Since int       // validations after it
	Ends  bool      // the training ends with the last of them
}

// Judge says what validations come to, in the order of their steps.
func (e EarlyStop) Judge(validations []Validated) Patience {
	var p Patience
	for i, v := range validations {
		if i == 0 || v.Score > p.Best.Score+e.MinDelta {
			p.Best, p.Since = v, 0
			continue
		}
		p.Since++
	}
	p.Ends = e.Patience > 0 && p.Since >= e.Patience
	return p
}

// EpochSteps is how many steps an epoch of tasks of so many rows has.
func EpochSteps(rows, batch int) int { return max(1, (rows+batch-1)/batch) }

// EarlyStopOf is how the student of a run, which has so many training rows, may end early.
func EarlyStopOf(run *config.Run, rows int) EarlyStop {
	e := EarlyStop{Every: run.EarlyStop.Every, Patience: run.EarlyStop.Patience, MinDelta: run.EarlyStop.MinDelta}
	if e.Every == 0 {
		e.Every = EpochSteps(rows, run.Train.Batch)
	}
	return e
}
