package job

import "errors"

// ErrRefused: the run file, the data or a model folder is not usable. Nothing was started and
// nothing written.
var ErrRefused = errors.New("input refused")

// Refused makes problems, one a line, an error of kind ErrRefused.
func Refused(problems error) error { return &refusal{problems} }

type refusal struct{ problems error }

func (r *refusal) Error() string   { return r.problems.Error() }
func (r *refusal) Unwrap() []error { return []error{ErrRefused, r.problems} }
