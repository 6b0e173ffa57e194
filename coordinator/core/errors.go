package core

import (
	"errors"
	"fmt"
)

// Why a worker is dropped, or a run aborts.
var (
	ErrLost      = errors.New("worker lost")
	ErrSilent    = errors.New("worker silent")
	ErrFailed    = errors.New("worker failed")
	ErrRingLinks = errors.New("ring links of a worker fail")
	// ErrOwnLinks is the kind of ErrRingLinks that a worker says of itself.
	ErrOwnLinks  = fmt.Errorf("%w, as it says itself", ErrRingLinks)
	ErrDiverged  = errors.New("ranks hold different parameters")
	ErrNotFinite = errors.New("loss or gradient is not finite")
	// ErrNoProgress: one loss came after another without any progress between them.
	ErrNoProgress = errors.New("no progress: too many losses in a row")
	// ErrNotSaved: a worker, or the coordinator that takes it over from it, cannot save a model.
	ErrNotSaved = errors.New("the model cannot be saved")
)

// WorkerError names a worker and what became of it, and its rank (−1 where it has none).
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
	switch {
	case errors.Is(e.Kind, ErrLost):
		return fmt.Sprintf("%s was lost: %s", who, e.Reason)
	case errors.Is(e.Kind, ErrSilent):
		return fmt.Sprintf("%s has been silent for %s", who, e.Reason)
	case errors.Is(e.Kind, ErrOwnLinks):
		return fmt.Sprintf("%s cannot take part in the ring: %s", who, e.Reason)
	case errors.Is(e.Kind, ErrRingLinks):
		return fmt.Sprintf("%s cannot be reached by its ring neighbours: %s", who, e.Reason)
	case errors.Is(e.Kind, ErrNotSaved):
		return fmt.Sprintf("the model of %s cannot be saved: %s", who, e.Reason)
	case errors.Is(e.Kind, ErrDiverged):
		return fmt.Sprintf("%s has different parameters from the other ranks: %s", who, e.Reason)
	default:
		return fmt.Sprintf("%s failed: %s", who, e.Reason)
	}
}

func (e *WorkerError) Unwrap() error { return e.Kind }

// NotFiniteError: a step's gradient was not finite and the run file says to stop.
type NotFiniteError struct {
	Stage, Step int
}

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("%v at step %d; the parameters are as they were before it", ErrNotFinite, e.Step)
}

func (e *NotFiniteError) Unwrap() error { return ErrNotFinite }

// NoProgressError: a stage went back to a checkpoint as often as it may without getting
// further than before.
type NoProgressError struct {
	Returns int
	Best    int   // the steps that it had at most
	Last    error // the last loss; nil where none is known
}

func (e *NoProgressError) Error() string {
	text := fmt.Sprintf("no progress: the stage lost its state and went back to its last checkpoint %d times, and never got beyond step %d", e.Returns, e.Best)
	if e.Last != nil {
		text += ": " + e.Last.Error()
	}
	return text
}

// Unwrap makes errors.Is true of ErrNoProgress, and of what the last loss was.
func (e *NoProgressError) Unwrap() []error {
	if e.Last == nil {
		return []error{ErrNoProgress}
	}
	return []error{ErrNoProgress, e.Last}
}
