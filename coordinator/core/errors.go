package core

import (
	"errors"
	"fmt"
)

// Why a run may abort; a *WorkerError wraps the first three.
var (
	ErrLost     = errors.New("worker lost")
	ErrSilent   = errors.New("worker silent")
	ErrFailed   = errors.New("worker failed")
	ErrDiverged = errors.New("ranks hold different parameters")
)

// WorkerError names the worker that ended the run, and its rank (−1 before it had one).
type WorkerError struct {
	Worker WorkerID
	Rank   int
	Kind   error
	Reason string
}

func (e *WorkerError) Error() string {
	who := fmt.Sprintf("worker %s", e.Worker)
	if e.Rank >= 0 {
		who = fmt.Sprintf("rank %d (worker %s)", e.Rank, e.Worker)
	}
	switch e.Kind {
	case ErrLost:
		return fmt.Sprintf("%s was lost: %s", who, e.Reason)
	case ErrSilent:
		return fmt.Sprintf("%s has been silent for %s", who, e.Reason)
	default:
		return fmt.Sprintf("%s failed: %s", who, e.Reason)
	}
}

func (e *WorkerError) Unwrap() error { return e.Kind }
