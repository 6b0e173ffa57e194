package transfer

import "errors"

// What a transfer may fail with.
var (
	ErrDamaged  = errors.New("file differs from what was promised")
	ErrRefused  = errors.New("the owner refused")
	ErrBadName  = errors.New("not a plain file name")
	ErrTooLarge = errors.New("more than what was to be expected")
	ErrSilent   = errors.New("nothing of the kind came from the owner")
)
