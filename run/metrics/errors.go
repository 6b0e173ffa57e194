package metrics

import "errors"

var (
	// ErrClasses: a task needs at least two classes, and matrices that are merged
	// need the same ones.
	ErrClasses = errors.New("metrics: classes do not fit")
	// ErrClassIndex: a gold or predicted class is not an index into the classes.
	ErrClassIndex = errors.New("metrics: class index out of range")
	// ErrLengths: gold and predicted classes differ in number.
	ErrLengths = errors.New("metrics: gold and predicted differ in length")
	// ErrNotFinite: a value is NaN or infinite.
	ErrNotFinite = errors.New("metrics: value is not finite")
	// ErrMatrix: a confusion matrix is not square, or counts below zero.
	ErrMatrix = errors.New("metrics: bad confusion matrix")
)
