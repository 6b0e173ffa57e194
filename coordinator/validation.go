package coordinator

import (
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/model/softmax"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
	"ringmaster/screen"
)

// validation scores the state that a checkpoint keeps, on the validation rows of the
// stage's target. The batches go to the workers between two steps like the checkpoint does;
// one that was asked of a worker that is gone leaves the checkpoint without a score.
type validation struct {
	task    *job.Task
	got     map[int][][]float32
	batches [][]int // positions in the task's validation rows
	told    bool
}

// complete says whether nothing is waited for.
func (v *validation) complete() bool { return v == nil || len(v.got) == len(v.batches) }

// score is the F1, nil where it was not measured.
func (v *validation) score() *float64 {
	if v == nil || !v.complete() {
		return nil
	}
	confusion, err := v.task.Confusion()
	if err != nil {
		return nil // a target with classes that cannot be scored was refused before
	}
	for batch, positions := range v.batches {
		for i, p := range positions {
			if i >= len(v.got[batch]) || len(v.got[batch][i]) != len(v.task.Corpus.Classes) || confusion.Add(v.task.Valid[p].Class, softmax.Argmax(v.got[batch][i])) != nil {
				return nil
			}
		}
	}
	f1 := confusion.Scores().F1
	return &f1
}

// orderValidation asks the holders of a state for the logits of the validation rows.
func (c *checkpointer) orderValidation(generation uint64, holders []core.WorkerID) error {
	s := c.stage.training()
	task := s.tasks[s.target]
	if !c.job.Run.Checkpoint.Best && !s.choosesBest() || len(task.Valid) == 0 {
		return nil
	}
	examples := make([]protocol.Example, len(task.Valid))
	for i, row := range task.Valid {
		examples[i] = protocol.Example{Task: s.target, IDs: row.IDs}
	}
	v := &validation{task: task, got: map[int][][]float32{}, batches: batchesOf(examples)}
	c.pending.validation = v
	for n, positions := range v.batches {
		batch := protocol.InferenceBatch{Generation: generation, Stage: c.stage.index, Batch: n}
		for _, p := range positions {
			batch.Examples = append(batch.Examples, examples[p])
		}
		if err := c.gateway.order(c.pending.asked(n), protocol.Order{InferenceBatch: &batch}); err != nil {
			return err
		}
	}
	return nil
}

// addAnswers takes the logits of a batch of validation rows, and reports the score when all
// are there.
func (c *checkpointer) addAnswers(w core.WorkerID, done *protocol.InferenceDone) {
	v := c.pending.validation
	if v == nil || done.Generation != c.pending.generation || done.Batch < 0 || done.Batch >= len(v.batches) || c.pending.asked(done.Batch) != w {
		return
	}
	v.got[done.Batch] = done.Logits
	if !v.complete() || v.told {
		return
	}
	v.told = true
	stage, step, units, task := c.stage.name(), c.pending.step, c.stage.units, v.task.Name
	score := v.score()
	if score == nil {
		c.opts.Report.Warn("%s after step %d of %d cannot be scored: its logits of validation rows of %s are NaN or infinite", stage, step, units, task)
		return
	}
	c.measured = &directory.Validation{Steps: step, Task: task, F1: *score, Rows: len(v.task.Valid)}
	c.notify("%s after step %d of %d: F1 %.1f on %s of %s%s",
		stage, step, units, 100**score, screen.Count(len(v.task.Valid), "validation row", "validation rows"), task, c.bestSoFar(*score))
}

// bestSoFar says so of a score, where the student with the best one is to be delivered.
func (c *checkpointer) bestSoFar(score float64) string {
	if !c.stage.training().choosesBest() {
		return ""
	}
	best, err := bestCheckpoint(c.dir)
	if err != nil || best != nil && best.score >= score {
		return ""
	}
	return ", the best so far"
}
