package worker

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"ringmaster/model"
	"ringmaster/model/weights"
	"ringmaster/run/export"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// load builds a stage's model from its folder, on each of the worker's devices.
func (e *executor) load(ctx context.Context, dir string, b protocol.Begin) (replicas, error) {
	spec := model.Spec{
		Dir: dir, Seed: b.Seed, Dropout: b.Dropout, MicroBatch: b.MicroBatch,
		Device: b.Device, Threads: e.options.Threads, MaskedLM: b.MaskedLM, BFloat16: b.BFloat16,
	}
	if e.options.Device != "" {
		spec.Device = e.options.Device
	}
	for _, t := range b.Tasks {
		spec.Tasks = append(spec.Tasks, model.Task{Name: t.Name, Classes: len(t.Classes)})
	}
	spec.FreshPooler = b.Train
	if !b.MaskedLM {
		heads, err := keptHeads(dir, b)
		if err != nil {
			return nil, err
		}
		spec.Heads = heads
	}
	return openReplicas(ctx, spec)
}

// keptHeads are the folder's heads that the tasks go on with, by the tasks' names.
func keptHeads(dir string, b protocol.Begin) ([]weights.Head, error) {
	wanted := slices.DeleteFunc(slices.Clone(b.Tasks), func(t protocol.Task) bool { return !b.KeepHeads && !t.Kept })
	if len(wanted) == 0 {
		return nil, nil
	}
	folder, err := weights.Open(dir)
	if err != nil {
		return nil, err
	}
	all, err := folder.Heads()
	if err != nil {
		return nil, err
	}
	kept := make([]weights.Head, len(wanted))
	for i, t := range wanted {
		if t.Head < 0 || t.Head >= len(all) {
			return nil, fmt.Errorf("%w: task %s wants head %d of %s, which has %d", ErrOrder, t.Name, t.Head, dir, len(all))
		}
		for _, from := range t.Order {
			if from < 0 || from >= len(all[t.Head].Classes) {
				return nil, fmt.Errorf("%w: task %s wants class %d of head %d of %s, which has %d", ErrOrder, t.Name, from, t.Head, dir, len(all[t.Head].Classes))
			}
		}
		kept[i] = all[t.Head].Reordered(t.Order)
		kept[i].Task = t.Name
	}
	return kept, nil
}

// save writes the stage's model as a Hugging Face folder and offers it. A disk that is full
// does not end the worker, which holds the only copies of the state: it may be asked again.
func (e *executor) save(s *protocol.Save) error {
	if e.model == nil || s.Stage != e.stage.Stage {
		return fmt.Errorf("%w: save of stage %d in stage %d", ErrOrder, s.Stage, e.stage.Stage)
	}
	dir := filepath.Join(e.scratch, "saved")
	err := e.write(dir)
	var folder transfer.Folder
	if err == nil {
		folder, err = transfer.Describe(dir)
	}
	if err != nil {
		e.options.Log.Warn("the model cannot be saved", "stage", e.stage.Name, "error", err)
		reason := fmt.Sprintf("%v (the worker writes to its temporary folder: make room there, or start it with another TMPDIR)", err)
		e.tell(protocol.Report{Saved: &protocol.Saved{Stage: s.Stage, Error: reason}})
		return nil
	}
	e.files.Offer(folder)
	e.tell(protocol.Report{Saved: &protocol.Saved{Stage: s.Stage, Folder: folder}})
	return nil
}

// write writes the stage's model, with its heads and what a text has to go through before it.
func (e *executor) write(dir string) (err error) {
	spec := weights.WriteSpec{Config: e.model.Config(), Tokenizer: e.dir, Overwrite: true}
	if spec.Tensors, err = e.model.Tensors(); err != nil {
		return err
	}
	if e.stage.MaskedLM {
		if spec.MaskedHead, err = e.model.MaskedHead(); err != nil {
			return err
		}
		return export.Write(dir, spec, e.stage.Recipe)
	}
	if spec.Heads, err = e.model.Heads(); err != nil {
		return err
	}
	for i := range spec.Heads {
		spec.Heads[i].Classes = e.stage.Tasks[i].Classes
		spec.Heads[i].Target = i == e.stage.Target
	}
	return export.Write(dir, spec, e.stage.Recipe)
}
