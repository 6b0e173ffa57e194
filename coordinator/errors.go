package coordinator

import "errors"

// What a run may end with, besides what the core says of its workers.
var (
	// ErrNoServer: NATS is not to be had.
	ErrNoServer = errors.New("no NATS server")
	// ErrHost: the embedded server is to listen at an address that this machine does not have.
	ErrHost = errors.New("--host")
	// ErrPort: the embedded server is to listen at what is no port.
	ErrPort = errors.New("--port")
	// ErrNotBegun: the run could not be begun: nothing is in its directory but what was to be
	// done.
	ErrNotBegun = errors.New("not begun")
	// ErrBroker: the server that the ring is to go over does not admit the run's workers.
	ErrBroker = errors.New("broker of the ring")
	// ErrStopped: the user ended the run early.
	ErrStopped = errors.New("stopped on request")
	// ErrCannotResume: what is left of a run is not enough to go on with it.
	ErrCannotResume = errors.New("cannot go on with the run")
	// ErrTaken: another coordinator carries the run out.
	ErrTaken = errors.New("the run has a coordinator already")
	// ErrNoWorkers: the workers of this machine end as soon as they are started.
	ErrNoWorkers = errors.New("no worker can be started")
	// ErrDiverging: so many steps were not finite that nothing is learnt any more.
	ErrDiverging = errors.New("training has diverged")
	// ErrAnswers: a model answers with what is no number.
	ErrAnswers = errors.New("the model's answers are not finite")
	// ErrNoWorkerProgram: ringmaster-worker is not found.
	ErrNoWorkerProgram = errors.New("ringmaster-worker not found")
)

// notBegun is an error of kind ErrNotBegun.
type notBegun struct{ cause error }

func (e *notBegun) Error() string   { return e.cause.Error() }
func (e *notBegun) Unwrap() []error { return []error{ErrNotBegun, e.cause} }
