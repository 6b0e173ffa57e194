package experiments

import "errors"

var (
	// ErrUnknown: there is no table, or no row, of that name.
	ErrUnknown = errors.New("invalid experiment")
	// ErrNotMade: a row cannot be made from the run file, or by this release.
	ErrNotMade = errors.New("not possible with this run file")
	// ErrPublished: a file of published numbers is not usable.
	ErrPublished = errors.New("invalid file of published numbers")
)
