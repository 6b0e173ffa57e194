package statistics

import "errors"

var (
	// ErrNoRuns: a system without runs, or without rows, has no score.
	ErrNoRuns = errors.New("statistics: no runs")
	// ErrNotPaired: two systems are compared by runs that were not scored on the same rows.
	ErrNotPaired = errors.New("statistics: systems were not scored on the same rows")
	// ErrClass: a class is not below the number of classes.
	ErrClass = errors.New("statistics: class out of range")
)
