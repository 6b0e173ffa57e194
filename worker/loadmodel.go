package worker

import (
	"context"
	"fmt"
	"slices"

	"ringmaster/model"
	"ringmaster/model/weights"
	"ringmaster/run/protocol"
)

// loadModel loads a stage's model from its folder onto each of the worker's devices.
func loadModel(ctx context.Context, dir string, b protocol.Begin, o Options) (replicas, error) {
	spec := model.Spec{
		Dir: dir, Seed: b.Seed, Dropout: b.Dropout, MicroBatch: b.MicroBatch,
		Device: b.Device, Threads: o.Threads, MaskedLM: b.MaskedLM, BFloat16: b.BFloat16,
		FreshPooler: b.Train, Frozen: b.Frozen, LoRA: b.LoRA, GradientCheckpointing: b.GradientCheckpointing,
	}
	if o.Device != "" {
		spec.Device = o.Device
	}
	for _, t := range b.Tasks {
		spec.Tasks = append(spec.Tasks, model.Task{Name: t.Name, Classes: len(t.Classes), Kind: t.Kind, Settings: t.Settings})
	}
	if !b.MaskedLM {
		heads, err := keptHeads(dir, b)
		if err != nil {
			return nil, err
		}
		spec.Heads = heads
	}
	return openReplicas(ctx, spec)
}

// keptHeads are the folder's heads that training continues with, under the tasks' names and
// in the order of the tasks' classes.
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
