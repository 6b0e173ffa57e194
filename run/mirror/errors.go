package mirror

import "errors"

var (
	// ErrHoldsRun: a new run was asked for where the bucket has one.
	ErrHoldsRun = errors.New("the bucket already contains a run")
	// ErrNotCopied: the run is not in the bucket as it is in its directory.
	ErrNotCopied = errors.New("the run could not be copied to the bucket")
)
