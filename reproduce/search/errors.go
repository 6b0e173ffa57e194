package search

import "errors"

// ErrSpace: a space that cannot be searched.
var ErrSpace = errors.New("not a search space")
