package kinds

import "errors"

var (
	// ErrGold: an example's gold answer does not fit its task.
	ErrGold = errors.New("gold answer does not fit")
	// ErrTaught: a teacher's answer that was made elsewhere cannot be one.
	ErrTaught = errors.New("impossible answer")
)
