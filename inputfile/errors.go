package inputfile

import (
	"errors"
	"fmt"
	"io/fs"
)

var (
	// ErrNotRegular matches every *NotRegularError.
	ErrNotRegular = errors.New("not a regular file")
	// ErrMissing matches every *MissingError.
	ErrMissing = errors.New("missing file")
	// ErrTooLarge is a file beyond the size that Read was given.
	ErrTooLarge = errors.New("file too large")
)

// MissingError is a file that is not there.
type MissingError struct{ At, Name string }

// Unwrap makes errors.Is true of ErrMissing and fs.ErrNotExist.
func (e *MissingError) Unwrap() []error { return []error{ErrMissing, fs.ErrNotExist} }

// Error says under which name, and where, the file was looked for.
func (e *MissingError) Error() string {
	if e.At == e.Name {
		return fmt.Sprintf("the file %s does not exist", e.Name)
	}
	return fmt.Sprintf("the file %s does not exist (full path: %s)", e.Name, e.At)
}

// NotRegularError is a path at which something else than a regular file stands.
type NotRegularError struct {
	Path string
	Mode fs.FileMode
}

// Unwrap makes errors.Is true of ErrNotRegular.
func (e *NotRegularError) Unwrap() error { return ErrNotRegular }

// Error is one sentence: what stands there, and what to do.
func (e *NotRegularError) Error() string {
	what, do := "a special file", "give a regular file"
	switch m := e.Mode; {
	case m.IsDir():
		return e.Path + " is a directory, but a file is expected: give the path of a file in it"
	case m&fs.ModeNamedPipe != 0:
		what, do = "a pipe", "write its output to a file and give the path of that file"
	case m&fs.ModeSocket != 0:
		what = "a socket"
	case m&fs.ModeDevice != 0:
		what = "a device"
	}
	return fmt.Sprintf("%s is %s, but a regular file is expected: %s", e.Path, what, do)
}
