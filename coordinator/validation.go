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
func (r *coordinator) orderValidation(generation uint64, holders []core.WorkerID) error {
	s := r.stages[r.current].(*trainStage)
	task := s.tasks[s.target]
	if !r.job.Run.Checkpoint.Best && !r.choosesBest(s) || len(task.Valid) == 0 {
		return nil
	}
	examples := make([]protocol.Example, len(task.Valid))
	for i, row := range task.Valid {
		examples[i] = protocol.Example{Task: s.target, IDs: row.IDs}
	}
	v := &validation{task: task, got: map[int][][]float32{}, batches: batchesOf(examples)}
	r.keeping.valid = v
	for n, positions := range v.batches {
		batch := protocol.InferenceBatch{Generation: generation, Stage: r.current, Batch: n}
		for _, p := range positions {
			batch.Examples = append(batch.Examples, examples[p])
		}
		if err := r.gateway.order(holders[n%len(holders)], protocol.Order{InferenceBatch: &batch}); err != nil {
			return err
		}
	}
	return nil
}

// keepValidation takes the logits of a batch of validation rows, and says what they come to
// when all are there.
func (r *coordinator) keepValidation(done *protocol.InferenceDone) {
	v := r.keeping.valid
	if v == nil || done.Generation != r.keeping.generation || done.Batch < 0 || done.Batch >= len(v.batches) {
		return
	}
	v.got[done.Batch] = done.Logits
	if !v.complete() || v.told {
		return
	}
	v.told = true
	stage, step, task := r.stages[r.current].name(), r.keeping.step, v.task.Name
	score := v.score()
	if score == nil {
		r.opts.Report.Warn("%s after step %d of %d cannot be scored: its logits of validation rows of %s are NaN or infinite", stage, step, r.units, task)
		return
	}
	r.measured = &directory.Validation{Steps: step, Task: task, F1: *score, Rows: len(v.task.Valid)}
	r.notify("%s after step %d of %d: F1 %.1f on %s of %s%s",
		stage, step, r.units, 100**score, screen.Count(len(v.task.Valid), "validation row", "validation rows"), task, r.bestSoFar(*score))
}

// bestSoFar says so of a score, where the student with the best one is to be delivered.
func (r *coordinator) bestSoFar(score float64) string {
	s := r.stages[r.current].(*trainStage)
	if !r.choosesBest(s) {
		return ""
	}
	best, err := r.bestCheckpoint()
	if err != nil || best != nil && best.score >= score {
		return ""
	}
	return ", the best so far"
}
