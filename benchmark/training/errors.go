package training

import "errors"

// Errors of a benchmark.
var (
	// ErrOptions: Options, or a file that they name, are not usable.
	ErrOptions = errors.New("invalid benchmark options")
	// ErrOurs: a process of ringmaster failed.
	ErrOurs = errors.New("ringmaster failed")
	// ErrPeer: the peer, or the Python it should run in, failed.
	ErrPeer = errors.New("the peer failed")
	// ErrStopped: the caller's context ended the benchmark.
	ErrStopped = errors.New("stopped on request")
)
