package directory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/durable"
)

// Keep says which of a stage's checkpoints are kept; the zero Keep keeps none.
type Keep struct {
	Last int  // so many of the newest
	Best bool // and the one with the highest score, of equals the earliest
}

// Prune removes what keep has no use for among a stage's checkpoints: when a stage is done,
// Keep{} removes all.
func (c *Checkpoints) Prune(stage string, keep Keep) error { return c.prune(stage, keep, nil) }

// prune removes what keep has no use for. written is a checkpoint that is known to be
// whole, since it was just written: it stays, and so do newer ones that are whole; those
// that are not are not counted, so that damage never takes the place of something to go
// on from.
func (c *Checkpoints) prune(stage string, keep Keep, written *Checkpoint) error {
	list, err := c.Of(stage)
	if err != nil {
		return err
	}
	var gone []Checkpoint
	if written != nil {
		keep.Last = max(keep.Last, 1)
		list = slices.DeleteFunc(list, func(cp Checkpoint) bool {
			bad := cp.Step > written.Step && cp.Verify() != nil
			if bad {
				gone = append(gone, cp)
			}
			return bad
		})
	}
	best := -1
	if keep.Best {
		best = bestOf(list)
	}
	for i, cp := range list {
		if i < len(list)-keep.Last && i != best && (written == nil || cp != *written) {
			gone = append(gone, cp)
		}
	}
	return c.remove(gone)
}

// bestOf is the index of the checkpoint with the highest score; -1 where none has any.
func bestOf(list []Checkpoint) int {
	best, at := 0.0, -1
	for i, cp := range list {
		p, err := cp.Progress()
		if err == nil && p.Score != nil && (at < 0 || *p.Score > best) {
			best, at = *p.Score, i
		}
	}
	return at
}

// dropAfter sets a stage's checkpoints of more than so many steps aside, which were taken
// back: most often since they are damaged, which their names then say.
func (c *Checkpoints) dropAfter(stage string, steps int) error {
	list, err := c.Of(stage)
	if err != nil {
		return err
	}
	for _, cp := range list {
		if cp.Step <= steps {
			continue
		}
		why := takenBackAside
		if cp.Verify() != nil {
			why = damagedAside
		}
		if _, err := SetAside(cp.Dir, why); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return durable.SyncFolder(c.dir)
}

// remove takes each checkpoint's name away, for good, before its files, so that a crash
// does not leave half a checkpoint under its name. What it leaves instead is swept.
func (c *Checkpoints) remove(list []Checkpoint) error {
	if len(list) == 0 {
		return nil
	}
	var asides []string
	for _, cp := range list {
		aside := filepath.Join(c.dir, durable.Prefix+filepath.Base(cp.Dir)+"-pruned")
		if err := errors.Join(os.RemoveAll(aside), os.Rename(cp.Dir, aside)); err != nil {
			return fmt.Errorf("cannot remove %s: %w", cp.Dir, err)
		}
		asides = append(asides, aside)
	}
	if err := durable.SyncFolder(c.dir); err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	for _, aside := range asides {
		if err := os.RemoveAll(aside); err != nil {
			return fmt.Errorf("run directory: %w", err)
		}
	}
	return nil
}
