package replace

import "errors"

// ErrUnknownPattern: a regular expression that is none of this package's, so that its matches here could be others.
var ErrUnknownPattern = errors.New("unknown regular expression")
