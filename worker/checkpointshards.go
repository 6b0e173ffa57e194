package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/durable"
	"ringmaster/model"
	"ringmaster/model/checkpoint"
	"ringmaster/model/weights"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// keptShards is how many of a worker's shards stay on its disk: the coordinator may still be
// about to pull the one before the last.
const keptShards = 2

// checkpointShards writes this rank's shards of checkpoints to its disk, beside training, and
// serves them to the coordinator.
type checkpointShards struct {
	dir     string
	files   *transfer.Server
	log     *slog.Logger
	kept    []transfer.Folder // oldest first; the goroutine's while it writes
	writing chan struct{}     // closed when the shard is written; nil before the first
}

// checkpoint copies this rank's shard of the state, and starts to write it.
func (e *executor) checkpoint(ctx context.Context, c *protocol.Checkpoint) error {
	if err := e.stage.checkState("a checkpoint", c.Stage, c.Step); err != nil {
		return err
	}
	if c.Index < 0 || c.Index >= c.Of {
		return fmt.Errorf("%w: shard %d of %d of a checkpoint", ErrOrder, c.Index, c.Of)
	}
	if e.shards.writing != nil { // one at a time bounds the memory for copies
		select {
		case <-e.shards.writing:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	shard, err := e.stage.shard(c)
	if err != nil {
		return err
	}
	e.shards.start(shard, slices.Clone(e.stage.gradients.residual), c, e.session.report)
	return nil
}

// shard copies one rank's part of the state.
func (s *stage) shard(c *protocol.Checkpoint) (checkpoint.Shard, error) {
	size := s.model.Size()
	lo, hi := checkpoint.Range(size, c.Index, c.Of)
	state, err := s.model.StateRange(lo, hi)
	if err != nil {
		return checkpoint.Shard{}, err
	}
	return checkpoint.Shard{
		Of:    checkpoint.Of{Stage: c.Stage, Step: c.Step, Updates: state.Step, Size: size, Layout: layoutOf(s.model)},
		Index: c.Index, Count: c.Of, Lo: lo, Hi: hi,
		Vectors: checkpoint.Vectors{Parameters: state.Parameters, ExpAvg: state.ExpAvg, ExpAvgSq: state.ExpAvgSq},
	}, nil
}

// start writes a shard on a goroutine and reports it.
func (s *checkpointShards) start(shard checkpoint.Shard, residual []float32, c *protocol.Checkpoint, report func(protocol.Report)) {
	s.writing = make(chan struct{})
	go func() {
		defer close(s.writing)
		done := protocol.ShardDone{Generation: c.Generation, Stage: c.Stage, Step: c.Step, Index: c.Index, Of: c.Of}
		folder, err := s.write(shard, residual)
		if err != nil {
			s.log.Warn("a checkpoint shard cannot be written", "step", c.Step, "error", err)
			done.Error = err.Error()
		} else {
			done.Folder = folder
			s.files.Offer(folder)
			for _, old := range s.retire(folder) {
				s.files.Withdraw(old)
			}
		}
		report(protocol.Report{ShardDone: &done})
	}()
}

// wait waits for the shard that is being written.
func (s *checkpointShards) wait() {
	if s.writing != nil {
		<-s.writing
	}
}

// write writes a shard and its residual, if there is one, into a folder of their own.
func (s *checkpointShards) write(shard checkpoint.Shard, residual []float32) (_ transfer.Folder, err error) {
	dir := filepath.Join(s.dir, fmt.Sprintf("stage-%d-step-%d-part-%d-of-%d", shard.Stage, shard.Step, shard.Index, shard.Count))
	draft, err := durable.NewFolder(dir)
	if err != nil {
		return transfer.Folder{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }() // gone already once it is in place
	state, err := transfer.CreateFile(draft, checkpoint.StateName(shard.Index, shard.Count), shard.Write)
	if err != nil {
		return transfer.Folder{}, err
	}
	files := []transfer.File{state}
	if residual != nil {
		file, err := transfer.CreateFile(draft, checkpoint.ResidualName(shard.Index), func(w io.Writer) error {
			return checkpoint.WriteResidual(w, shard.Of, shard.Index, shard.Count, residual)
		})
		if err != nil {
			return transfer.Folder{}, err
		}
		files = append(files, file)
	}
	return transfer.FolderOf(dir, files), durable.PutFolder(draft, dir)
}

// retire keeps a new folder, and removes and returns those that are too many.
func (s *checkpointShards) retire(latest transfer.Folder) (gone []transfer.Folder) {
	s.kept = slices.DeleteFunc(s.kept, func(f transfer.Folder) bool { return f.Path == latest.Path }) // it was replaced
	s.kept = append(s.kept, latest)
	for len(s.kept) > keptShards {
		gone = append(gone, s.kept[0])
		_ = os.RemoveAll(s.kept[0].Path) // what is left of it goes with the temporary folder
		s.kept = s.kept[1:]
	}
	return gone
}

// layoutOf is a hash of a model's parameters' names, shapes and offsets.
func layoutOf(m *model.Model) string {
	var parts []weights.Part
	for _, p := range m.Parameters() {
		parts = append(parts, weights.Part(p))
	}
	return weights.LayoutHash(parts)
}
