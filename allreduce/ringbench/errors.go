package ringbench

import "errors"

// Errors of a benchmark.
var (
	// ErrOptions: Options, or a size, are not usable.
	ErrOptions = errors.New("invalid benchmark options")
	// ErrWrongSum: an all-reduce left something else than the sum.
	ErrWrongSum = errors.New("wrong sum")
	// ErrRank: a rank's process failed or ended.
	ErrRank = errors.New("a rank failed")
	// ErrPeer: the peer, or the Python it should run in, failed.
	ErrPeer = errors.New("the peer failed")
	// ErrStopped: the caller's context ended the benchmark.
	ErrStopped = errors.New("stopped on request")

	errDismissed = errors.New("the benchmark has ended")
)
