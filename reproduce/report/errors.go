package report

import "errors"

// ErrNothingThere: a directory holds neither a run nor an experiment.
var ErrNothingThere = errors.New("report: directory contains neither a run nor an experiment")
