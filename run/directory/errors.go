package directory

import "errors"

var (
	// ErrInUse: another process holds the run directory.
	ErrInUse = errors.New("run directory is in use")
	// ErrHoldsRun: a new run was asked for where there is one already.
	ErrHoldsRun = errors.New("directory already contains a run")
	// ErrNotEmpty: a new run was asked for in a directory with other files in it.
	ErrNotEmpty = errors.New("directory is not empty")
	// ErrNoRun: a run was to be resumed or read, but there is none.
	ErrNoRun = errors.New("directory contains no run")
	// ErrClosed: the run directory, or a log, was closed before.
	ErrClosed = errors.New("run directory is closed")
	// ErrDamaged: a file is not what was written.
	ErrDamaged = errors.New("damaged")
	// ErrNotFinite: a logit is NaN or infinite.
	ErrNotFinite = errors.New("not a finite number")
	// ErrShape: logits do not have one number a class, or one row a text.
	ErrShape = errors.New("wrong number of logits")
	// ErrFileName: a checkpoint's file name is not a plain name, or is taken.
	ErrFileName = errors.New("bad file name")
	// ErrEntry: an entry does not fit what the record says already.
	ErrEntry = errors.New("entry contradicts the record")
	// ErrTooFar: a log does not have the steps that it is to be cut to.
	ErrTooFar = errors.New("log is too short")
	// ErrOtherRun: a run was to be resumed with a run file that makes another run of it.
	ErrOtherRun = errors.New("run file differs from that of the run")

	errChecksum = errors.New("its checksum does not match")
)
