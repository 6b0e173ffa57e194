package transfer

import "errors"

// What a transfer may fail with.
var (
	ErrDamaged  = errors.New("the file does not match its size or checksum")
	ErrRefused  = errors.New("the owner refused")
	ErrBadName  = errors.New("not a plain file name")
	ErrTooLarge = errors.New("larger than allowed")
	ErrSilent   = errors.New("no answer from the owner")
)
