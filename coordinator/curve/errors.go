package curve

import "errors"

// errCore: the core did not do what a run's would; nothing was measured.
var errCore = errors.New("curve: the core did not deal")
