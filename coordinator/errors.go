package coordinator

import "errors"

// What a run may end with, besides the errors of the core.
var (
	// ErrNoServer: there is no NATS server to connect to.
	ErrNoServer = errors.New("no NATS server")
	// ErrHost: the embedded server cannot listen at an address that this machine does not have.
	ErrHost = errors.New("--host")
	// ErrPort: the port of the embedded server is not valid.
	ErrPort = errors.New("--port")
	// ErrNotBegun: the run could not be begun: its directory holds only the plan.
	ErrNotBegun = errors.New("not begun")
	// ErrCredentials: the credentials that the run was given are no credentials of a coordinator.
	ErrCredentials = errors.New("the run's credentials")
	// ErrBroker: the NATS server of the ring does not admit the run's workers.
	ErrBroker = errors.New("broker of the ring")
	// ErrStopped: the user ended the run early.
	ErrStopped = errors.New("stopped on request")
	// ErrCannotResume: what is left of a run is not enough to resume it.
	ErrCannotResume = errors.New("cannot resume the run")
	// ErrFinished: there is nothing to resume, since the run has ended well.
	ErrFinished = errors.New("the run is finished")
	// ErrTaken: the run has another coordinator.
	ErrTaken = errors.New("the run already has a coordinator")
	// ErrNoWorkers: the workers of this machine end as soon as they are started.
	ErrNoWorkers = errors.New("no worker can be started")
	// ErrDiverging: too many steps were not finite.
	ErrDiverging = errors.New("training has diverged")
	// ErrAnswers: a model's outputs are NaN or infinite.
	ErrAnswers = errors.New("the model's outputs are not finite")
	// ErrUndealt: a worker reports what it was not dealt, which no worker of this release does.
	ErrUndealt = errors.New("it reports what it was not dealt")
	// ErrNoWorkerProgram: ringmaster-worker is not found.
	ErrNoWorkerProgram = errors.New("ringmaster-worker not found")
)
