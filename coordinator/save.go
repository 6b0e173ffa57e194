package coordinator

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/durable"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// saving is a model on its way from a worker.
type saving struct {
	worker   core.WorkerID
	steps    int
	finished bool
	pulled   bool
}

// pull fetches what a worker saved to where the stage's model belongs. The model of a stage
// that was stopped goes into its last checkpoint.
func (r *coordinator) pull(ctx context.Context, w core.WorkerID, saved *protocol.Saved) {
	of := r.saving
	if of == nil || of.worker != w || of.pulled || saved.Stage != r.current {
		return // of another stage, or said twice
	}
	s := r.stages[r.current].(*trainStage)
	of.pulled = true
	if saved.Error != "" {
		r.apply(ctx, core.NotSaved{Worker: w, Stage: saved.Stage, Reason: saved.Error, At: time.Now()})
		return
	}
	if err := r.expected(saved.Folder); err != nil {
		r.apply(ctx, core.NotSaved{Worker: w, Stage: saved.Stage, Reason: err.Error(), At: time.Now()})
		return
	}
	if !of.finished {
		r.keeping.model = &saved.Folder
		r.writeWhenWhole(ctx)
		return
	}
	r.background(func() result {
		err := r.keepModel(ctx, w, saved.Folder, s, of.steps)
		if err == nil {
			return result{apply: func() error {
				if r.saving != of {
					return nil // it is saved anew
				}
				r.saved = &core.Saved{Stage: saved.Stage}
				if r.keeping.finished {
					r.keeping.modelDir = r.placeOf(s)
					r.writeWhenWhole(ctx)
				}
				r.finishSaving(ctx)
				return nil
			}}
		}
		return result{apply: func() error {
			if r.saving == of { // else the worker is gone, and another was asked
				r.apply(ctx, core.NotSaved{Worker: w, Stage: saved.Stage, Reason: err.Error(), At: time.Now()})
			}
			return nil
		}}
	})
}

func (r *coordinator) keepModel(ctx context.Context, w core.WorkerID, folder transfer.Folder, s *trainStage, steps int) error {
	place := r.placeOf(s)
	subject := protocol.WorkerFilesSubject(r.opts.Name, string(w))
	if err := transfer.Fetch(ctx, r.nc.Conn, subject, folder, place); err != nil {
		return err
	}
	if !plan.Final(s.name()) {
		return nil
	}
	// The model stands among the checkpoints too, beside the state before it.
	progress := directory.Progress{Stage: s.name(), Steps: steps, Total: steps, Written: time.Now().UTC()}
	_, err := directory.OpenCheckpoints(r.dir.Checkpoints()).Save(progress, r.keepRule(), func(w *directory.CheckpointWriter) error {
		return addFolder(w, place)
	})
	return err
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

// placeOf is where a stage's finished model belongs.
func (r *coordinator) placeOf(s *trainStage) string {
	if plan.Final(s.name()) {
		return r.dir.Model()
	}
	return r.teachers[s.tasks[0]].dir
}
