package kinds

import "errors"

// ErrGold: an example's gold answer does not fit its task.
var ErrGold = errors.New("gold answer does not fit")
