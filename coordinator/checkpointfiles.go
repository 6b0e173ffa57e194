package coordinator

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/durable"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/transfer"
)

// write puts a checkpoint's parts together, and returns its folder.
func (c *checkpointer) write(ctx context.Context, p pendingCheckpoint, stage string, units int) (string, error) {
	// If the process is killed now, a resumed run removes a folder of this name.
	fetched, err := os.MkdirTemp(string(c.dir.Layout), durable.Prefix+"shards-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fetched)
	progress := directory.Progress{
		Stage: stage, Steps: p.step, Total: units, Complete: true, AppliedGeneration: p.generation, World: len(p.holders),
		Score: p.validation.score(), Written: time.Now().UTC(),
	}
	kept, err := directory.OpenCheckpoints(c.dir.Checkpoints()).Save(progress, keepRule(c.job.Run), func(w *directory.CheckpointWriter) error {
		for i, holder := range p.holders {
			if err := c.receiveFolder(ctx, w, holder, p.shards[i].Folder, filepath.Join(fetched, fmt.Sprint(i))); err != nil {
				return err
			}
		}
		if p.finished {
			return addFolder(w, p.modelDir)
		}
		if p.model == nil {
			return nil
		}
		return c.receiveFolder(ctx, w, p.holders[0], *p.model, filepath.Join(fetched, "model"))
	})
	return kept.Dir, err
}

// receiveFolder adds a worker's files to a checkpoint: taken over where they lie on this
// machine, else fetched from the worker.
func (c *checkpointer) receiveFolder(ctx context.Context, w *directory.CheckpointWriter, from core.WorkerID, folder transfer.Folder, place string) error {
	dir := folder.Path
	if !onThisMachine(folder) {
		dir = place
		if err := c.gateway.fetch(ctx, from, folder, place); err != nil {
			return fmt.Errorf("from worker %s: %w", from, err)
		}
	}
	for _, file := range folder.Files {
		if err := w.Take(filepath.Join(dir, file.Name), file.SHA256); err != nil {
			return fmt.Errorf("from worker %s: %w", from, err)
		}
	}
	return nil
}

// addFolder adds a folder's files to a checkpoint.
func addFolder(w *directory.CheckpointWriter, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := w.File(e.Name(), durable.FromFile(filepath.Join(dir, e.Name()))); err != nil {
			return err
		}
	}
	return nil
}

// pruneCheckpoints removes the checkpoints that nobody needs once a stage is done: all of a
// teacher's; of the student's the last and the best are kept.
func pruneCheckpoints(dir *directory.Dir, run *config.Run, stage string) error {
	keep := directory.Keep{}
	if plan.Final(stage) {
		keep = keepRule(run)
		keep.Last = 1
	}
	return directory.OpenCheckpoints(dir.Checkpoints()).Prune(stage, keep)
}

// keepRule is which of a stage's checkpoints stay.
func keepRule(run *config.Run) directory.Keep {
	return directory.Keep{Last: run.Checkpoint.Keep, Best: run.Checkpoint.Best || run.Train.Keep == config.KeepBest}
}
