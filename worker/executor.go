package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"ringmaster/allreduce"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// executor carries out the coordinator's orders, one after another, on one goroutine. It
// alone touches tensors.
type executor struct {
	link     *link
	options  Options
	log      *slog.Logger
	endpoint *allreduce.Endpoint // this worker's ring server in a mesh; nil under a broker
	files    *transfer.Server    // serves checkpoint shards and saved models
	scratch  string              // this worker's temporary folder

	session *session
	member  membership
	stage   *stage         // nil before the first
	devices *deviceReducer // between the stage's replicas; kept from stage to stage
	states  stateServer
	shards  checkpointShards
	// maxQueuedSteps is how many steps may wait for a state that is being fetched; 0 is as
	// many as there is memory for.
	maxQueuedSteps int
}

func newExecutor(l *link, endpoint *allreduce.Endpoint, o Options, scratch string) (*executor, error) {
	files, err := transfer.Serve(l.nc, protocol.WorkerFilesSubject(l.run, l.identity.ID()))
	if err != nil {
		return nil, err
	}
	return &executor{
		link: l, endpoint: endpoint, options: o, log: o.Log, files: files, scratch: scratch,
		session: newSession(l, o),
		member:  membership{link: l, endpoint: endpoint, options: o},
		states:  stateServer{link: l, endpoint: endpoint, log: o.Log},
		shards:  checkpointShards{dir: filepath.Join(scratch, "shards"), files: files, log: o.Log},
	}, nil
}

func (e *executor) close() error {
	return errors.Join(e.endSession(), e.states.close(), e.files.Close(), e.devices.close(), e.stage.close())
}

// run carries out orders as they arrive, until one fails, the run ends, or ctx ends.
func (e *executor) run(ctx context.Context) error {
	orders := e.session.orders
	for {
		for {
			orderCtx, o, done, ok := orders.next(ctx)
			if !ok {
				break
			}
			err := e.execute(orderCtx, o)
			done()
			if err != nil {
				return err
			}
		}
		select {
		case <-orders.filled:
		case <-e.stage.fetched():
			if err := e.catchUp(); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// execute carries out one order. It returns only errors that end the worker: a broken ring,
// a failed state transfer or an order that was superseded does not.
func (e *executor) execute(ctx context.Context, o protocol.Order) error {
	if err := e.catchUp(); err != nil {
		return err
	}
	err := e.dispatch(ctx, o)
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), errSuperseded):
		e.log.Info("order abandoned", "why", context.Cause(ctx))
		return e.leaveRing()
	case errors.Is(err, ErrRing), errors.Is(err, ErrStateFetch):
		return e.breakGeneration(generationOf(o), err)
	default:
		return err
	}
}

func (e *executor) dispatch(ctx context.Context, o protocol.Order) error {
	if needsRing(o) && e.member.isOver(generationOf(o)) {
		return nil
	}
	switch {
	case o.Ring != nil:
		return e.formRing(ctx, *o.Ring)
	case o.Begin != nil:
		return e.begin(ctx, *o.Begin)
	case o.Step != nil:
		return e.step(ctx, o.Step)
	case o.Checkpoint != nil:
		return e.checkpoint(ctx, o.Checkpoint)
	case o.ServeState != nil:
		return e.states.serve(o.ServeState, e.stage)
	case o.FetchState != nil:
		return e.startFetch(ctx, *o.FetchState)
	case o.InferenceBatch != nil:
		done, err := e.stage.infer(ctx, o.InferenceBatch)
		if err == nil {
			e.link.monitor.batchDone(done.Batch, len(done.Logits))
			e.session.report(protocol.Report{InferenceDone: done})
		}
		return err
	case o.Save != nil:
		return e.save(o.Save)
	case o.End != nil:
		return e.end(*o.End)
	default:
		return fmt.Errorf("%w: order %d asks for nothing this worker knows; are coordinator and worker of the same version?", ErrOrder, o.Seq)
	}
}

// end is how the worker ends after the coordinator let it go.
func (e *executor) end(end protocol.End) error {
	switch {
	case end.Error != "" && end.Alone:
		return fmt.Errorf("%w: %s", ErrEvicted, end.Error)
	case end.Error != "":
		return fmt.Errorf("%w: %s", ErrRunFailed, end.Error)
	}
	e.shards.wait() // the coordinator may wait for the report
	if end.Alone {
		return ErrLeft
	}
	return errOver
}
