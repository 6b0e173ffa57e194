package coordinator

import (
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/protocol"
)

// validation scores the state that a checkpoint keeps, on the validation rows of the
// stage's target. The chunks go to the workers between two steps like the checkpoint does;
// one that was asked of a worker that is gone leaves the checkpoint without a score.
type validation struct {
	task   *Task
	got    map[int][][]float32
	chunks [][]int // positions in rows
}

// complete says whether nothing is waited for.
func (v *validation) complete() bool { return v == nil || len(v.got) == len(v.chunks) }

// score is the F1, nil where it was not measured.
func (v *validation) score() *float64 {
	if v == nil || !v.complete() {
		return nil
	}
	confusion, err := v.task.Confusion()
	if err != nil {
		return nil // a target with classes that cannot be scored was refused before
	}
	for chunk, positions := range v.chunks {
		for i, p := range positions {
			if i >= len(v.got[chunk]) || confusion.Add(v.task.Valid[p].Class, argmax(v.got[chunk][i])) != nil {
				return nil
			}
		}
	}
	f1 := confusion.Scores().F1
	return &f1
}

// orderValidation asks the holders of a state for the logits of the validation rows.
func (r *running) orderValidation(generation uint64, holders []core.WorkerID) error {
	s := r.stages[r.current].(*trainStage)
	task := s.tasks[s.target]
	if !r.job.Run.Checkpoint.Best || len(task.Valid) == 0 {
		return nil
	}
	examples := make([]protocol.Example, len(task.Valid))
	for i, row := range task.Valid {
		examples[i] = protocol.Example{Task: s.target, IDs: row.IDs}
	}
	v := &validation{task: task, got: map[int][][]float32{}, chunks: chunksOf(examples)}
	r.keeping.valid = v
	for n, positions := range v.chunks {
		chunk := protocol.Chunk{Generation: generation, Stage: r.current, Chunk: n}
		for _, p := range positions {
			chunk.Examples = append(chunk.Examples, examples[p])
		}
		if err := r.session.order(holders[n%len(holders)], protocol.Order{Chunk: &chunk}); err != nil {
			return err
		}
	}
	return nil
}

// keepLogits takes the logits of a chunk of validation rows.
func (c *checkpointing) keepLogits(done *protocol.ChunkDone) {
	if c.valid != nil && done.Generation == c.generation && done.Chunk >= 0 && done.Chunk < len(c.valid.chunks) {
		c.valid.got[done.Chunk] = done.Logits
	}
}
