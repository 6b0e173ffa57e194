package report

import "errors"

// ErrNothingThere: a directory holds neither a run nor an experiment.
var ErrNothingThere = errors.New("report: neither a run nor an experiment is here")
