package transfer

import "errors"

// What a transfer may fail with.
var (
	ErrDamaged  = errors.New("the file does not match its size or checksum")
	ErrRefused  = errors.New("the owner refused")
	ErrBadName  = errors.New("not a plain file name")
	ErrTooLarge = errors.New("larger than allowed")
	ErrSilent   = errors.New("no answer from the owner")
	// ErrCut: a pipe ended in the middle. The same transfer goes on from there.
	ErrCut = errors.New("the transfer was cut")
	// ErrNotOurs: what is at the other end of a pipe is not this program.
	ErrNotOurs = errors.New("the other end is not `ringmaster files`")
	// ErrOthers: files of the same names with another content are there.
	ErrOthers = errors.New("files with another content are there already")
)
