package curve

import "errors"

var (
	// errCore: the core did not do what a run's would; nothing was measured.
	errCore = errors.New("curve: the core did not deal")
	// errMeasure: the system does not tell what is to be measured.
	errMeasure = errors.New("curve: it cannot be measured")
)
