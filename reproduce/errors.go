package reproduce

import "errors"

var (
	// ErrOptions: what is asked for cannot be meant.
	ErrOptions = errors.New("reproduce: wrong use")
	// ErrNoRecord: a directory holds no record of an experiment.
	ErrNoRecord = errors.New("reproduce: no experiment here")
	// ErrDamaged: a record, or a finished cell, cannot be read.
	ErrDamaged = errors.New("reproduce: damaged")
	// ErrNothing: no row of the table can be made from the run file.
	ErrNothing = errors.New("reproduce: no row can be made")
)
