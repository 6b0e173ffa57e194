package worker

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ringmaster/allreduce"
	"ringmaster/model"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// executor carries orders out, one after another.
type executor struct {
	link    *link
	own     *allreduce.Endpoint // this rank's server in a mesh; nil under a broker
	options Options
	files   *transfer.Server
	scratch string // a folder of the worker's own, gone with it

	// Of the session.
	agenda  *agenda
	reports *outbox
	ring    *ring
	// spent is the last generation that broke, or cannot go on: what is left of it, and of
	// those before, is not done any more.
	spent     uint64
	learning  *learning // nil but while another's state is under way
	queueRoom int       // sums that a learner may keep; 0 is as many as there is room for
	donations donations
	shards    shards

	// Of the stage.
	stage    protocol.Begin
	dir      string       // the stage's folder on this machine
	model    *model.Model // of the stage, the first of replicas; nil before the first stage
	replicas replicas
	between  *between // the replicas; kept from stage to stage
	// exchange sums the stage's gradients; nil before the first.
	exchange *exchange
	restored *restored           // what is still to be taken from a checkpoint; nil mostly
	held     *protocol.Held      // the state that the model is in; nil without training
	pending  []protocol.StepDone // of applied steps that may not be committed
}

func newExecutor(l *link, own *allreduce.Endpoint, o Options, scratch string) (*executor, error) {
	files, err := transfer.Serve(l.nc, protocol.WorkerFilesSubject(l.run, l.worker))
	if err != nil {
		return nil, err
	}
	return &executor{
		link: l, own: own, options: o, files: files, scratch: scratch,
		agenda: newAgenda(), reports: newOutbox(), shards: shards{dir: filepath.Join(scratch, "shards")},
	}, nil
}

func (e *executor) close() error {
	return errors.Join(e.endSession(), e.donations.close(), e.files.Close(), e.between.close(), e.replicas.close())
}

// carryOutAll carries orders out as they come, until one fails, the last is done or ctx
// ends.
func (e *executor) carryOutAll(ctx context.Context) error {
	for {
		for {
			once, o, done, ok := e.agenda.take(ctx)
			if !ok {
				break
			}
			err := e.execute(once, o)
			done()
			if err != nil {
				return err
			}
		}
		select {
		case <-e.agenda.filled:
		case <-e.learning.finished():
			if err := e.catchUp(); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// execute does one order. What is no fault of this worker's, it lives through.
func (e *executor) execute(ctx context.Context, o protocol.Order) error {
	if err := e.catchUp(); err != nil {
		return err
	}
	err := e.carryOut(ctx, o)
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), errSuperseded):
		e.options.Log.Info("given up", "why", context.Cause(ctx))
		return e.dropRing()
	case errors.Is(err, ErrRing), errors.Is(err, ErrLearn):
		return e.breakOff(generationOf(o), err)
	default:
		return err
	}
}

func (e *executor) carryOut(ctx context.Context, o protocol.Order) error {
	switch {
	case o.Ring != nil:
		return e.formRing(ctx, *o.Ring)
	case o.Begin != nil:
		return e.begin(ctx, *o.Begin)
	case o.Step != nil:
		return e.unlessSpent(o, func() error { return e.step(ctx, o.Step) })
	case o.Checkpoint != nil:
		return e.unlessSpent(o, func() error { return e.checkpoint(ctx, o.Checkpoint) })
	case o.ServeState != nil:
		return e.unlessSpent(o, func() error { return e.donate(o.ServeState) })
	case o.FetchState != nil:
		return e.unlessSpent(o, func() error { return e.learn(ctx, *o.FetchState) })
	case o.InferenceBatch != nil:
		return e.batch(ctx, o.InferenceBatch)
	case o.Save != nil:
		return e.save(o.Save)
	case o.End != nil:
		if o.End.Error != "" {
			return fmt.Errorf("%w: %s", ErrRunFailed, o.End.Error)
		}
		return errOver
	default:
		return fmt.Errorf("%w: number %d asks for nothing this worker knows", ErrOrder, o.Seq)
	}
}

// unlessSpent does an order that needs its generation's ring, unless that is over.
func (e *executor) unlessSpent(o protocol.Order, do func() error) error {
	g := generationOf(o)
	if g <= e.spent || e.ring != nil && g < e.ring.place.Generation {
		return nil
	}
	return do()
}

func (e *executor) tell(r protocol.Report) { e.reports.put(r) }

// trains makes sure that an order about a training stage's state comes to a worker that
// has one.
func (e *executor) trains(what string, stage int) error {
	if e.model == nil || e.held == nil || stage != e.stage.Stage {
		return fmt.Errorf("%w: a %s of stage %d in stage %d", ErrOrder, what, stage, e.stage.Stage)
	}
	return nil
}

func (e *executor) batch(ctx context.Context, c *protocol.InferenceBatch) error {
	if e.model == nil || c.Stage != e.stage.Stage {
		return fmt.Errorf("%w: a batch of stage %d in stage %d", ErrOrder, c.Stage, e.stage.Stage)
	}
	logits, err := e.answer(ctx, c.Examples)
	if err != nil {
		return fmt.Errorf("%s batch %d: %w", e.stage.Name, c.Batch, err)
	}
	e.tell(protocol.Report{InferenceDone: &protocol.InferenceDone{
		Generation: c.Generation, Stage: c.Stage, Batch: c.Batch, Logits: logits, NotFinite: leaveOutNotFinite(logits),
	}})
	return nil
}

// answer gives the examples' logits; of a masked language model, each one's loss.
func (e *executor) answer(ctx context.Context, examples []model.Example) ([][]float32, error) {
	if !e.stage.MaskedLM {
		return e.model.Logits(ctx, examples)
	}
	losses, err := e.model.MaskedLosses(ctx, examples)
	answers := make([][]float32, len(losses))
	for i, loss := range losses {
		answers[i] = []float32{float32(loss)}
	}
	return answers, err
}
