package inputfile

import (
	"errors"
	"fmt"
	"io/fs"
)

var (
	// ErrNotRegular matches every *NotRegularError.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge is a file beyond the size that Read was given.
	ErrTooLarge = errors.New("file too large")
)

// NotRegularError is a path at which something else than a regular file stands.
type NotRegularError struct {
	Path string
	Mode fs.FileMode
}

// Unwrap makes errors.Is true of ErrNotRegular.
func (e *NotRegularError) Unwrap() error { return ErrNotRegular }

// Error is one sentence: what stands there, and what to do.
func (e *NotRegularError) Error() string { return e.Path + " " + e.Problem() }

// Problem is the sentence after the path, for callers that name the file in another way.
func (e *NotRegularError) Problem() string {
	what, do := "special", "name a regular file"
	switch m := e.Mode; {
	case m.IsDir():
		return "is a directory, and a file is expected: name the file in it"
	case m&fs.ModeNamedPipe != 0:
		what, do = "a pipe", "write what comes out of it into a file and name that"
	case m&fs.ModeSocket != 0:
		what = "a socket"
	case m&fs.ModeDevice != 0:
		what = "a device"
	}
	return fmt.Sprintf("is %s, and a regular file is expected: %s", what, do)
}
