package plan

import "errors"

// What a stage may refuse.
var (
	ErrNothingToPlan = errors.New("nothing to plan")
	ErrNoSuchStep    = errors.New("no such step")
)
