package worker

import "errors"

// What a worker may end with.
var (
	// ErrNoCoordinator: nobody answers at the NATS server, or not any more.
	ErrNoCoordinator = errors.New("no coordinator answers")
	// ErrNoRun: the coordinator carries out another run.
	ErrNoRun = errors.New("no such run")
	// ErrRefused: the coordinator does not want this worker.
	ErrRefused = errors.New("the coordinator refused this worker")
	// ErrRunFailed: the run ended because of somebody else's fault.
	ErrRunFailed = errors.New("the run has failed")
	// ErrRingAddress: what was said of this worker's ring server cannot be.
	ErrRingAddress = errors.New("ring server of this worker")
	// ErrOrder: an order that cannot be understood or carried out in this state.
	ErrOrder = errors.New("unexpected order")
	// ErrScratch: there is no place for the worker's temporary files.
	ErrScratch = errors.New("the temporary folder cannot be used")
	// ErrReplica: the copies of a model on a worker's devices have come apart.
	ErrReplica = errors.New("the worker's devices hold different parameters")
	// ErrNotFinite: a model's answer is NaN or infinite.
	ErrNotFinite = errors.New("an answer that is not finite")
	// ErrNoTask: a model folder has no head of that task.
	ErrNoTask = errors.New("no such task")
)

// What a worker lives through: it says so and waits for the next ring.
var (
	// ErrRing: the ring cannot be opened, or broke.
	ErrRing = errors.New("the ring is of no use")
	// ErrLearn: another worker's state cannot be had.
	ErrLearn = errors.New("the state of another worker cannot be taken over")
)

// What stops a part of a worker.
var (
	// errOver: the run has ended well.
	errOver = errors.New("the run is over")
	// errSuperseded: a newer generation makes what is under way void.
	errSuperseded = errors.New("superseded by a newer generation")
	// errStranger: the coordinator does not know the session.
	errStranger = errors.New("the coordinator does not know this worker")
	// errLeft: the worker was asked to go while no coordinator held it.
	errLeft = errors.New("asked to go")
)
