package worker

import (
	"context"
	"fmt"
	"os"

	"ringmaster/model"
	"ringmaster/model/checkpoint"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// restored is a checkpoint whose residual is still to be read: each rank has one of its own,
// and ranks are known with the first ring.
type restored struct {
	dir   string
	of    checkpoint.Of
	count int // ranks that wrote it
}

// restore puts the model into the state of a checkpoint, which it fetches from the coordinator
// into a temporary folder.
func (s *stage) restore(ctx context.Context, l *link, r protocol.Restore, folder string) error {
	if err := s.checkTrains("a checkpoint", s.Stage); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	dir, err := transfer.Obtain(ctx, l.nc, protocol.FilesSubject(l.run, l.identity.ID()), r.Folder, folder)
	if err != nil {
		return err
	}
	of, count, v, err := checkpoint.Read(dir, s.model.Size(), layoutOf(s.model))
	if err != nil {
		return err
	}
	if of.Step != r.Step || of.Stage != s.Stage {
		return fmt.Errorf("%w: %s is of step %d of stage %d", checkpoint.ErrMixed, dir, of.Step, of.Stage)
	}
	if err := s.setState(model.State{Step: of.Updates, Parameters: v.Parameters, ExpAvg: v.ExpAvg, ExpAvgSq: v.ExpAvgSq}); err != nil {
		return err
	}
	s.applied.state.Applied = of.Step
	s.checkpoint = &restored{dir: dir, of: of, count: count}
	return nil
}

// restoreResidual reads this rank's residual from the checkpoint that the stage began with.
// It does so once, at the stage's first ring. In a world of another size residuals belong to
// no rank, and are left out.
func (s *stage) restoreResidual(r *ring) error {
	if s == nil || s.checkpoint == nil || r == nil || r.place.Generation < s.Generation {
		return nil
	}
	c := s.checkpoint
	s.checkpoint = nil
	if c.count != r.world() || !s.gradients.rounds() {
		return nil
	}
	residual, err := checkpoint.ReadResidual(c.dir, c.of, r.place.Rank, s.model.TrainedSize())
	if err != nil {
		return err
	}
	s.gradients.residual = residual
	return nil
}
