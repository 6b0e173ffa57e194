package spool

import "errors"

// ErrDisk is what has no place on the disk, or cannot be read back from it.
var ErrDisk = errors.New("no place for temporary data")
