package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// keptShards is how many of a worker's shards stay on its disk: the coordinator may be
// about to pull the one before the last.
const keptShards = 2

// shards are this worker's parts of checkpoints, on its disk for the coordinator to pull.
type shards struct {
	dir     string
	kept    []transfer.Folder // the oldest first; the goroutine's while one is written
	writing chan struct{}     // closed when the shard being written is; nil before the first
}

// wait waits for the shard that is being written.
func (s *shards) wait() {
	if s.writing != nil {
		<-s.writing
	}
}

// checkpoint copies this rank's part of the state, and has a goroutine write it while
// training goes on.
func (e *executor) checkpoint(ctx context.Context, c *protocol.Checkpoint) error {
	if err := e.trains("checkpoint", c.Stage); err != nil {
		return err
	}
	if e.learning != nil || e.held.Applied != c.Step || c.Index < 0 || c.Index >= c.Of {
		return fmt.Errorf("%w: part %d of %d of a checkpoint of step %d, from a state of %d steps", ErrOrder, c.Index, c.Of, c.Step, e.held.Applied)
	}
	if e.shards.writing != nil { // one at a time, or memory would not be bounded
		select {
		case <-e.shards.writing:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	size := e.model.Size()
	lo, hi := checkpoint.Range(size, c.Index, c.Of)
	state, err := e.model.StateRange(lo, hi)
	if err != nil {
		return err
	}
	shard := checkpoint.Shard{
		Of:    checkpoint.Of{Stage: c.Stage, Step: c.Step, Updates: state.Step, Size: size, Layout: layoutOf(e.model)},
		Index: c.Index, Count: c.Of, Lo: lo, Hi: hi,
		Vectors: checkpoint.Vectors{Parameters: state.Parameters, ExpAvg: state.ExpAvg, ExpAvgSq: state.ExpAvgSq},
	}
	residual := slices.Clone(e.exchange.residual)
	e.shards.writing = make(chan struct{})
	go func() {
		defer close(e.shards.writing)
		done := protocol.ShardDone{Generation: c.Generation, Stage: c.Stage, Step: c.Step, Index: c.Index, Of: c.Of}
		folder, err := e.shards.write(shard, residual)
		if err != nil {
			e.options.Log.Warn("a part of a checkpoint cannot be written", "step", c.Step, "error", err)
			done.Error = err.Error()
		} else {
			done.Folder = folder
			e.files.Offer(folder)
			for _, old := range e.shards.retire(folder) {
				e.files.Withdraw(old)
			}
		}
		e.tell(protocol.Report{ShardDone: &done})
	}()
	return nil
}

// write puts a shard and its residual, if there is one, into a folder of their own.
func (s *shards) write(shard checkpoint.Shard, residual []float32) (_ transfer.Folder, err error) {
	dir := filepath.Join(s.dir, fmt.Sprintf("stage-%d-step-%d-part-%d-of-%d", shard.Stage, shard.Step, shard.Index, shard.Count))
	draft, err := durable.NewFolder(dir)
	if err != nil {
		return transfer.Folder{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }() // nothing is there once it is in place
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

// retire takes a new folder in, and removes and returns those that are too many.
func (s *shards) retire(latest transfer.Folder) (gone []transfer.Folder) {
	s.kept = slices.DeleteFunc(s.kept, func(f transfer.Folder) bool { return f.Path == latest.Path }) // it was replaced
	s.kept = append(s.kept, latest)
	for len(s.kept) > keptShards {
		gone = append(gone, s.kept[0])
		_ = os.RemoveAll(s.kept[0].Path) // what stays behind goes with the scratch folder
		s.kept = s.kept[1:]
	}
	return gone
}

// layoutOf is a hash of names, shapes and places of a model's parameters.
func layoutOf(m *model.Model) string {
	var parts []weights.Part
	for _, p := range m.Parameters() {
		parts = append(parts, weights.Part(p))
	}
	return weights.LayoutHash(parts)
}
