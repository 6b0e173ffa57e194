package model

import "errors"

var (
	// ErrSpec says that a Spec, or an argument of a method, is invalid.
	ErrSpec = errors.New("model specification")
	// ErrHead says that a head given in Spec.Heads does not fit its task.
	ErrHead = errors.New("classification head")
	// ErrExample says that an example is invalid: unknown task or class, token ids outside
	// the vocabulary, too long, or without the teacher logits that the loss needs.
	ErrExample = errors.New("example")
	// ErrNotFinite says that the gradient holds NaN or infinity; no parameter was changed.
	ErrNotFinite = errors.New("gradient is not finite")
	// ErrMemory says that the device's memory does not hold a micro-batch.
	ErrMemory = errors.New("not enough memory on the device")
	// ErrState says that a State does not fit the model.
	ErrState = errors.New("optimizer state")
	// ErrClosed says that a Model was used after Close.
	ErrClosed = errors.New("model is closed")
)
