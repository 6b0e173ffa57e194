package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/plan"
	"ringmaster/coordinator/protocol"
	"ringmaster/coordinator/rundir"
	"ringmaster/coordinator/transfer"
)

// pull fetches what a worker saved to where the stage's model belongs. A stage that was
// stopped leaves a checkpoint only; the student leaves one in any case.
func (r *running) pull(ctx context.Context, w core.WorkerID, saved *protocol.Saved) {
	s, ok := r.stages[r.current].(*trainStage)
	if !ok || saved.Stage != r.current || r.pulled == s {
		return // of another stage, or said twice
	}
	r.pulled = s
	steps, total := r.done, r.units
	r.background(func() result {
		if err := r.keepModel(ctx, w, saved.Folder, s, steps, total); err != nil {
			return result{err: fmt.Errorf("save %s: %w", s.name(), err)}
		}
		return result{event: core.Saved{Worker: w, Stage: saved.Stage}}
	})
}

func (r *running) keepModel(ctx context.Context, w core.WorkerID, folder transfer.Folder, s *trainStage, steps, total int) error {
	place := r.placeOf(s)
	finished := steps == total
	if !finished {
		place = filepath.Join(string(r.dir.Layout), ".stopped")
		defer os.RemoveAll(place)
	}
	subject := protocol.WorkerFilesSubject(r.opts.Name, string(w))
	if err := transfer.Fetch(ctx, r.nc.Conn, subject, folder, place); err != nil {
		return err
	}
	if finished && s.name() != plan.StudentStage {
		return nil
	}
	_, err := rundir.OpenCheckpoints(r.dir.Checkpoints()).Write(steps, func(w *rundir.CheckpointWriter) error {
		progress := func(out io.Writer) error {
			return json.NewEncoder(out).Encode(rundir.Progress{Stage: s.name(), Steps: steps, Total: total})
		}
		if err := w.File(rundir.ProgressFile, progress); err != nil {
			return err
		}
		for _, f := range folder.Files {
			if err := w.File(f.Name, copyOf(filepath.Join(place, f.Name))); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !finished {
		r.notify("the model after %d of %d steps of %s is in %s", steps, total, s.name(), r.dir.Checkpoints())
	}
	return err
}

// placeOf is where a stage's finished model belongs.
func (r *running) placeOf(s *trainStage) string {
	if s.name() == plan.StudentStage {
		return r.dir.Model()
	}
	return r.teachers[s.tasks[0]].dir
}

func copyOf(path string) func(io.Writer) error {
	return func(out io.Writer) (err error) {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
		_, err = io.Copy(out, in)
		return err
	}
}
