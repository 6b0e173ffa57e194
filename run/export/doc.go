// Package export writes model folders from a run directory: from the final model, with another
// task's head as the one that transformers loads, and from any checkpoint, whose
// shards contain only parameters.
//
//	made, err := export.FromRun(ctx, export.Request{Run: directory.Layout("runs/x"), Step: 120, Task: "emotion"})
//	err := export.Checkpoint(ctx, checkpointDir, "folder", export.Model{Base: base, Heads: heads, Recipe: recipe})
//
// A checkpoint is a flat vector. The encoder's configuration and the tasks' classes define its
// tensors, and every shard has a hash of this layout. Configuration and tokenizer are those
// of the folder that the stage started from (named in plan.json).
package export
