package experiments

import "errors"

var (
	// ErrUnknown: there is no table, or no row, of that name.
	ErrUnknown = errors.New("no such experiment")
	// ErrNotMade: a row cannot be made from the run file, or by this release.
	ErrNotMade = errors.New("it cannot be made")
	// ErrPublished: a file of published numbers is not usable.
	ErrPublished = errors.New("published numbers are not usable")
)
