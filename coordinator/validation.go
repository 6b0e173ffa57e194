package coordinator

import (
	"context"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
	"ringmaster/screen"
)

// validation scores the state that a checkpoint keeps, on the validation rows of the
// stage's target. The batches go to the workers between two steps like the checkpoint does;
// one that was asked of a worker that is gone leaves the checkpoint without a score.
type validation struct {
	task    *job.Task
	step    int // steps in the state
	holders []core.WorkerID
	first   int // the number of its first batch
	got     map[int][][]float32
	batches [][]int // positions in the task's validation rows
	told    bool
}

// asked is the worker that is asked for a batch.
func (v *validation) asked(batch int) core.WorkerID { return v.holders[batch%len(v.holders)] }

// complete says whether nothing is waited for.
func (v *validation) complete() bool { return v == nil || len(v.got) == len(v.batches) }

// measure is the number that chooses states (metrics.Scores.Main) with its name, nil where it was not
// measured.
func (v *validation) measure() (name string, score *float64) {
	if v == nil || !v.complete() {
		return "", nil
	}
	scorer, err := v.task.Scorer()
	if err != nil {
		return "", nil // a target with classes that cannot be scored was refused before
	}
	for batch, positions := range v.batches {
		for i, p := range positions {
			if i >= len(v.got[batch]) || len(v.got[batch][i]) != len(v.task.HeadOutputs()) || scorer.Add(v.task.Valid.Gold(p), v.got[batch][i]) != nil {
				return "", nil
			}
		}
	}
	scores := scorer.Scores(scorer.Threshold())
	name, best := scores.Main()
	return name, &best
}

// score is the number alone.
func (v *validation) score() *float64 {
	_, score := v.measure()
	return score
}

// wantsScores says whether checkpoints of the stage are scored.
func (c *checkpointer) wantsScores() bool {
	s := c.stage.training()
	return (c.job.Run.Checkpoint.Best || s.choosesBest()) && s.tasks[s.target].Valid.Len() > 0
}

// orderValidation asks the holders of a state for the logits of the validation rows. Batches are numbered
// through the run, so that an answer that comes late is never taken for one about another state.
func (c *checkpointer) orderValidation(generation uint64, step int, holders []core.WorkerID) error {
	s := c.stage.training()
	task := s.tasks[s.target]
	sizes := make([]int, task.Valid.Len())
	for i := range sizes {
		sizes[i] = task.Valid.Size(i)
	}
	v := &validation{task: task, step: step, holders: holders, first: c.asked, got: map[int][][]float32{}, batches: batchesOf(sizes)}
	c.asked += len(v.batches)
	c.scoring = v
	if c.pending.underWay() && c.pending.step == step {
		c.pending.validation = v
	}
	for n, positions := range v.batches {
		batch := protocol.InferenceBatch{Generation: generation, Stage: c.stage.index, Batch: v.first + n}
		for _, p := range positions {
			row, err := task.Valid.At(p)
			if err != nil {
				return err
			}
			batch.Examples = append(batch.Examples, protocol.Example{Task: s.target, IDs: row.IDs, Second: row.Second})
		}
		if err := c.gateway.order(v.asked(n), protocol.Order{InferenceBatch: &batch}); err != nil {
			return err
		}
	}
	return nil
}

// addAnswers takes the logits of a batch of validation rows, and reports the score when all
// are there.
func (c *checkpointer) addAnswers(ctx context.Context, w core.WorkerID, done *protocol.InferenceDone) error {
	v := c.scoring
	if v == nil || v.told {
		return nil
	}
	batch := done.Batch - v.first
	if batch < 0 || batch >= len(v.batches) || v.asked(batch) != w {
		return nil
	}
	v.got[batch] = done.Logits
	if !v.complete() {
		return nil
	}
	v.told = true
	measured := c.tellScore(v)
	if measured != nil {
		c.measured = measured
	}
	return c.answer(ctx, v, measured)
}

// tellScore tells a state's score; nil where it has none.
func (c *checkpointer) tellScore(v *validation) *directory.Validation {
	stage, units, task := c.stage.name(), c.stage.units, v.task.Name
	measure, score := v.measure()
	if score == nil {
		c.opts.Report.Warn("%s after step %d of %d cannot be scored: its logits of validation rows of %s are NaN or infinite", stage, v.step, units, task)
		return nil
	}
	c.notify("%s after step %d of %d: %s %s on %s of %s%s",
		stage, v.step, units, measure, metrics.ShownScore(measure, *score), screen.Count(v.task.Valid.Len(), "validation row", "validation rows"), task, c.bestSoFar(*score))
	return &directory.Validation{Steps: v.step, Task: task, F1: *score, Measure: directory.MeasureName(measure), Rows: v.task.Valid.Len()}
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
