package worker

import (
	"context"
	"fmt"

	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// begin loads the stage's model, from the checkpoint that it goes on from where there is
// one. All that went before is void.
func (e *executor) begin(ctx context.Context, b protocol.Begin) error {
	e.dropLearning()
	e.donations.withdraw()
	err := e.replicas.close()
	e.model, e.replicas, e.exchange, e.held, e.pending, e.restored = nil, nil, nil, nil, nil, nil
	if err != nil {
		return err
	}
	over := e.waits("the model's folder from the coordinator", "stage", b.Name)
	dir, err := transfer.Obtain(ctx, e.link.nc, protocol.FilesSubject(e.link.run), b.Folder, e.options.CacheDir)
	over()
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
	e.stage, e.dir, e.exchange = b, dir, newExchange(e.model, b.GradientDtype)
	if b.Train {
		e.held = &protocol.Held{Stage: b.Stage, AppliedGeneration: b.Generation}
	}
	if b.Restore != nil {
		if err := e.restore(ctx, *b.Restore); err != nil {
			return fmt.Errorf("checkpoint of %s at step %d: %w", b.Name, b.Restore.Step, err)
		}
	}
	e.options.Log.Info("stage", "name", b.Name, "parameters", e.model.Size(), "device", e.replicas.describe())
	e.tell(protocol.Report{StageReady: &protocol.StageReady{Generation: b.Generation, Stage: b.Stage}})
	return nil
}
