package reproduce

import "errors"

var (
	// ErrOptions: what is asked for cannot be meant.
	ErrOptions = errors.New("invalid options")
	// ErrNoRecord: a directory holds no record of an experiment.
	ErrNoRecord = errors.New("directory contains no experiment")
	// ErrDamaged: a record, or a finished cell, cannot be read.
	ErrDamaged = errors.New("damaged")
	// ErrNothing: no row of the table can be made from the run file.
	ErrNothing = errors.New("no row of the table is possible")
	// ErrDiverged is an engine's: the training diverged, and would do so again.
	ErrDiverged = errors.New("the training diverged")
)
