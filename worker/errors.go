package worker

import "errors"

// What a worker may end with.
var (
	// ErrNoCoordinator: nobody answers at the NATS server, or not any more.
	ErrNoCoordinator = errors.New("no coordinator answers")
	// ErrRefused: the coordinator does not want this worker.
	ErrRefused = errors.New("the coordinator refused this worker")
	// ErrRunFailed: the run ended because of somebody else's fault.
	ErrRunFailed = errors.New("the run has failed")
	// ErrOrder: an order that cannot be understood or carried out in this state.
	ErrOrder = errors.New("unexpected order")
	// ErrReplica: the copies of a model on a worker's devices have come apart.
	ErrReplica = errors.New("the worker's devices hold different parameters")
	// ErrNoTask: a model folder has no head of that task.
	ErrNoTask = errors.New("no such task")
)
