package worker

import (
	"context"
	"errors"
	"fmt"

	"ringmaster/allreduce"
	"ringmaster/coordinator/protocol"
	"ringmaster/coordinator/transfer"
	"ringmaster/model"
)

// executor carries orders out, one after another.
type executor struct {
	link    *link
	own     *allreduce.Endpoint // this rank's server in a mesh; nil under a broker
	options Options
	files   *transfer.Server
	saveDir string
	reports chan protocol.Report

	ring     *ring
	stage    protocol.Begin
	dir      string       // the stage's folder on this machine
	model    *model.Model // of the stage, the first of replicas; nil before the first stage
	replicas replicas
	between  *between // the replicas; kept from stage to stage
	// exchange sums the stage's gradients; nil before the first.
	exchange *exchange
}

func newExecutor(l *link, own *allreduce.Endpoint, o Options, saveDir string) (*executor, error) {
	files, err := transfer.Serve(l.nc, protocol.WorkerFilesSubject(l.run, l.worker))
	if err != nil {
		return nil, err
	}
	return &executor{link: l, own: own, options: o, files: files, saveDir: saveDir, reports: make(chan protocol.Report, 64)}, nil
}

func (e *executor) close() error {
	return errors.Join(e.ring.close(), e.files.Close(), e.between.close(), e.replicas.close())
}

func (e *executor) execute(ctx context.Context, o protocol.Order) error {
	switch {
	case o.Ring != nil:
		return e.formRing(ctx, *o.Ring)
	case o.Begin != nil:
		return e.begin(ctx, *o.Begin)
	case o.Step != nil:
		return e.step(ctx, o.Step)
	case o.Chunk != nil:
		return e.chunk(ctx, o.Chunk)
	case o.Save != nil:
		return e.save(ctx, o.Save)
	case o.End != nil:
		if o.End.Error != "" {
			return fmt.Errorf("%w: %s", ErrRunFailed, o.End.Error)
		}
		return errOver
	default:
		return fmt.Errorf("%w: number %d asks for nothing this worker knows", ErrOrder, o.Seq)
	}
}

func (e *executor) tell(ctx context.Context, r protocol.Report) error {
	select {
	case e.reports <- r:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (e *executor) formRing(ctx context.Context, place protocol.Ring) error {
	if err := e.ring.close(); err != nil {
		return err
	}
	var err error
	if e.ring, err = e.openRing(ctx, place); err != nil {
		return err
	}
	e.options.Log.Info("ring", "generation", place.Generation, "rank", place.Rank, "world", len(place.Workers), "topology", place.Topology)
	return e.tell(ctx, protocol.Report{RingReady: &protocol.RingReady{Generation: place.Generation}})
}

// begin loads the stage's model.
func (e *executor) begin(ctx context.Context, b protocol.Begin) error {
	if err := e.replicas.close(); err != nil {
		return err
	}
	e.model, e.replicas = nil, nil
	dir, err := transfer.Obtain(ctx, e.link.nc, protocol.FilesSubject(e.link.run), b.Folder, e.options.CacheDir)
	if err != nil {
		return fmt.Errorf("model of %s: %w", b.Name, err)
	}
	if e.replicas, err = e.load(ctx, dir, b); err != nil {
		return fmt.Errorf("model of %s: %w", b.Name, err)
	}
	e.model = e.replicas[0]
	if e.between, err = e.between.over(e.replicas, e.options.Log); err != nil {
		return fmt.Errorf("devices of %s: %w", b.Name, err)
	}
	e.stage, e.dir, e.exchange = b, dir, newExchange(e.model, b.Wire)
	e.options.Log.Info("stage", "name", b.Name, "parameters", e.model.Size(), "device", e.replicas.describe())
	return e.tell(ctx, protocol.Report{StageReady: &protocol.StageReady{Generation: b.Generation, Stage: b.Stage}})
}

func (e *executor) chunk(ctx context.Context, c *protocol.Chunk) error {
	if e.model == nil || c.Stage != e.stage.Stage {
		return fmt.Errorf("%w: a chunk of stage %d in stage %d", ErrOrder, c.Stage, e.stage.Stage)
	}
	logits, err := e.model.Logits(ctx, examplesOf(c.Examples))
	if err != nil {
		return fmt.Errorf("%s chunk %d: %w", e.stage.Name, c.Chunk, err)
	}
	return e.tell(ctx, protocol.Report{ChunkDone: &protocol.ChunkDone{
		Generation: c.Generation, Stage: c.Stage, Chunk: c.Chunk, Logits: logits,
	}})
}

func examplesOf(dealt []protocol.Example) []model.Example {
	examples := make([]model.Example, len(dealt))
	for i, d := range dealt {
		examples[i] = model.Example{Task: d.Task, IDs: d.IDs, Class: d.Class, Teacher: d.Teacher}
	}
	return examples
}
