package worker

import "errors"

// Errors that a worker may end with.
var (
	// ErrNoCoordinator: no coordinator answers at the NATS server, or no longer.
	ErrNoCoordinator = errors.New("no coordinator answers")
	// ErrNoRun: the coordinator has another run.
	ErrNoRun = errors.New("no such run")
	// ErrRelease: the worker is of another release than the coordinator.
	ErrRelease = errors.New("another release")
	// ErrRefused: the coordinator does not let this worker join.
	ErrRefused = errors.New("the coordinator refused this worker")
	// ErrRunFailed: the run ended with an error that is not this worker's.
	ErrRunFailed = errors.New("the run has failed")
	// ErrEvicted: the coordinator does not want this worker any more; the run goes on.
	ErrEvicted = errors.New("evicted from the run")
	// ErrLeft: the worker was asked to go (Options.Leave), and went in an orderly way; the run goes on.
	ErrLeft = errors.New("left the run as asked")
	// ErrRingAddress: this worker's ring server cannot have the address or port it was given.
	ErrRingAddress = errors.New("the ring server of this worker cannot be started")
	// ErrOrder: an order that cannot be carried out in the worker's state.
	ErrOrder = errors.New("unexpected order")
	// ErrScratch: the worker cannot write its temporary files.
	ErrScratch = errors.New("the temporary folder cannot be used")
	// ErrReplica: the replicas of a model on a worker's devices differ.
	ErrReplica = errors.New("the worker's devices hold different parameters")
	// ErrNotFinite: a model's answer is NaN or infinite.
	ErrNotFinite = errors.New("an answer that is not finite")
	// ErrNoTask: a model folder has no head of that task.
	ErrNoTask = errors.New("no such task")
)

// Errors that end a generation and not the worker: it reports them and waits for the next
// ring.
var (
	// ErrRing: the ring could not be opened, or broke.
	ErrRing = errors.New("the ring failed")
	// ErrBroker: this worker does not reach the server that the ring goes over.
	ErrBroker = errors.New("broker of the ring")
	// ErrStateFetch: another worker's training state could not be fetched.
	ErrStateFetch = errors.New("the training state of another worker could not be fetched")
)

// Reasons to stop that are no failures.
var (
	// errOver: the run has ended well.
	errOver = errors.New("the run is over")
	// errSuperseded: a newer generation voids the order that is under way.
	errSuperseded = errors.New("superseded by a newer generation")
	// errUnknownSession: the coordinator does not know the session.
	errUnknownSession = errors.New("the coordinator does not know this worker")
)
