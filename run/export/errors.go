package export

import "errors"

var (
	// ErrNoModel: the run has no model, or no checkpoint of that step.
	ErrNoModel = errors.New("nothing to export")
	// ErrNoTask: the model has no head of that task.
	ErrNoTask = errors.New("no head for that task")
	// ErrBase: the folder that the run began with is gone, or is another one now.
	ErrBase = errors.New("the run's base model is not usable")
)
