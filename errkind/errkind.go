package errkind

import "fmt"

// Errorf makes an error of a kind. Its text is that of format, in which %w also makes an error
// among the arguments found by errors.Is and errors.As, as in fmt.Errorf.
func Errorf(kind error, format string, args ...any) error {
	return Mark(fmt.Errorf(format, args...), kind)
}

// Mark makes err, with its text unchanged, also an error of a kind.
func Mark(err, kind error) error { return &marked{err, kind} }

type marked struct{ err, kind error }

func (m *marked) Error() string   { return m.err.Error() }
func (m *marked) Unwrap() []error { return []error{m.kind, m.err} }
