package deploy

import "errors"

var (
	// ErrName: a run cannot have that name in a cluster.
	ErrName = errors.New("name of the run")
	// ErrOption: a number or name that Kubernetes, or the run, cannot have.
	ErrOption = errors.New("option")
)
