package plan

import "errors"

// What a stage may refuse.
var (
	ErrNothingToPlan = errors.New("nothing to plan")
	ErrTooMuch       = errors.New("more than can be planned")
	ErrNoSuchStep    = errors.New("no such step")
)
