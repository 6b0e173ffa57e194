package checkpoint

import "errors"

var (
	// ErrIncomplete: shards are missing, or overlap.
	ErrIncomplete = errors.New("the shards do not cover the state")
	// ErrMixed: shards are of different steps, stages or models.
	ErrMixed = errors.New("the shards are not of one state")
	// ErrCorrupt: a file is not a shard, or a damaged one.
	ErrCorrupt = errors.New("damaged shard")
	// ErrNotFinite: a state holds NaN or infinity, from which no training goes on.
	ErrNotFinite = errors.New("numbers that are not finite")
	// ErrLayout: the state is of another model than the one it is wanted for.
	ErrLayout = errors.New("the state is of a model with another layout")
)
