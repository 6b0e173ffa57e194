package chaos

import "errors"

// What a trial can end with; errors.Is finds them under the sentence for a person.
var (
	// ErrOptions: the options cannot be meant.
	ErrOptions = errors.New("chaos cannot start")
	// ErrStart: something that a trial needs did not start.
	ErrStart = errors.New("the trial could not be started")
	// ErrHang: the run did not go on after a fault.
	ErrHang = errors.New("the run hangs")
	// ErrBroken: the run ended before its end.
	ErrBroken = errors.New("the run failed")
)
