package job

import (
	"errors"

	"ringmaster/errkind"
)

// ErrRefused: the run file, the data or a model folder is not usable. Nothing was started and
// nothing written.
var ErrRefused = errors.New("input refused")

// Refused makes problems, one a line, an error of kind ErrRefused.
func Refused(problems error) error { return errkind.Mark(problems, ErrRefused) }
