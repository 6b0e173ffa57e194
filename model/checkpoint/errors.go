package checkpoint

import "errors"

var (
	// ErrIncomplete: shards are missing, or overlap.
	ErrIncomplete = errors.New("the shards do not cover the state")
	// ErrMixed: shards are of different steps, stages or models.
	ErrMixed = errors.New("the shards belong to different states")
	// ErrCorrupt: a file is not a shard, or a damaged one.
	ErrCorrupt = errors.New("damaged shard")
	// ErrNotFinite: a state holds NaN or infinity, so training cannot resume from it.
	ErrNotFinite = errors.New("values that are not finite")
	// ErrLayout: the state belongs to another model.
	ErrLayout = errors.New("the state belongs to a model with another layout")
)
