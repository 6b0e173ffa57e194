// Package export makes model folders out of what a run directory holds: of the finished model
// with another task's head as the one that transformers loads, and of any checkpoint, whose
// shards hold the parameters and nothing else.
//
//	made, err := export.FromRun(ctx, export.Request{Run: directory.Layout("runs/x"), Step: 120, Task: "emotion"})
//	err := export.Checkpoint(ctx, checkpointDir, "folder", export.Model{Base: base, Heads: heads, Recipe: recipe})
//
// A checkpoint is a flat vector: which tensors it is, the encoder's configuration and the tasks'
// classes say, and a hash of that layout stands in every shard. Configuration and tokenizer come
// from the folder that the stage began with (plan.json names it).
package export
