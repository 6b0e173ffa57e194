package model

import "errors"

var (
	// ErrSpec says that a Spec cannot be carried out as written.
	ErrSpec = errors.New("model specification")
	// ErrHead says that a head given in Spec.Heads does not fit its task.
	ErrHead = errors.New("classification head")
	// ErrExample says that an example cannot go through the model: unknown task or
	// class, ids outside the vocabulary, too long, or without the teacher it needs.
	ErrExample = errors.New("example")
	// ErrNotFinite says that the gradient holds NaN or infinity; no parameter was changed.
	ErrNotFinite = errors.New("gradient is not finite")
	// ErrState says that a State does not fit the model.
	ErrState = errors.New("optimizer state")
	// ErrClosed says that a Model was used after Close.
	ErrClosed = errors.New("model is closed")
)
