package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/model"
	"ringmaster/model/checkpoint"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// restored is a checkpoint whose residuals are still to be taken: they belong to ranks, and
// those are known with the first ring.
type restored struct {
	dir   string
	of    checkpoint.Of
	count int // of ranks that wrote it
}

// restore puts the stage's model into a checkpoint's state.
func (e *executor) restore(ctx context.Context, r protocol.Restore) error {
	if e.held == nil {
		return fmt.Errorf("%w: a checkpoint for a stage without training", ErrOrder)
	}
	// Into the scratch folder, not the cache: a checkpoint is large, and wanted once.
	scratch := filepath.Join(e.scratch, "restored")
	if err := os.RemoveAll(scratch); err != nil {
		return err
	}
	dir, err := transfer.Obtain(ctx, e.link.nc, protocol.FilesSubject(e.link.run), r.Folder, scratch)
	if err != nil {
		return err
	}
	of, count, v, err := checkpoint.Read(dir, e.model.Size(), layoutOf(e.model))
	if err != nil {
		return err
	}
	if of.Step != r.Step || of.Stage != e.stage.Stage {
		return fmt.Errorf("%w: %s is of step %d of stage %d", checkpoint.ErrMixed, dir, of.Step, of.Stage)
	}
	state := model.State{Step: of.Updates, Parameters: v.Parameters, ExpAvg: v.ExpAvg, ExpAvgSq: v.ExpAvgSq}
	if err := e.replicas.each(func(_ int, m *model.Model) error { return m.SetState(state) }); err != nil {
		return err
	}
	e.held.Applied = of.Step
	e.restored = &restored{dir: dir, of: of, count: count}
	return e.takeResidual()
}

// takeResidual takes what rounding had lost on this rank when the checkpoint was written,
// at the stage's first ring, should it be of the same size; else that is lost for good.
func (e *executor) takeResidual() error {
	if e.restored == nil || e.ring == nil || e.ring.place.Generation < e.stage.Generation {
		return nil
	}
	r := e.restored
	e.restored = nil
	if r.count != e.ring.world() || e.exchange.wire == 4 {
		return nil
	}
	residual, err := checkpoint.ReadResidual(r.dir, r.of, e.ring.place.Rank)
	if err != nil {
		return err
	}
	e.exchange.residual = residual
	return nil
}
