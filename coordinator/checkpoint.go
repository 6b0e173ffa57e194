package coordinator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
	"ringmaster/run/status"
)

// checkpointer takes checkpoints: the ranks write a shard each while they train on, and the
// coordinator puts the shards together in the background. There is one at a time; one that
// is due while another is under way is left out.
type checkpointer struct {
	*setup
	*loop
	gateway *gateway
	stage   *activeStage
	// ended is called when no checkpoint is under way any more.
	ended func() error

	pending  pendingCheckpoint
	ordered  int                   // so far
	scoring  *validation           // the state's that is being scored, for the pending checkpoint, for a judgement or both
	asked    int                   // batches of validation rows so far
	toJudge  *core.Judge           // what is asked and not answered yet
	measured *directory.Validation // that no line of the log has yet
	newest   *status.Checkpoint    // that is complete; nil without one
}

// before orders a checkpoint of the state before a step, when one is due.
func (c *checkpointer) before(d core.DealStep, ring *ring) error {
	if c.pending.underWay() || !c.due(d.Step) {
		return nil
	}
	return c.orderScored(d.Generation, d.Step, ring.workers(d.ActiveRanks))
}

// orderScored orders a checkpoint, and the score of its state where that is wanted.
func (c *checkpointer) orderScored(generation uint64, step int, holders []core.WorkerID) error {
	if err := c.order(generation, step, holders); err != nil {
		return err
	}
	if !c.wantsScores() {
		return nil
	}
	return c.orderValidation(generation, step, holders)
}

// due says whether a checkpoint of the state before a step is asked for.
func (c *checkpointer) due(step int) bool {
	every := c.job.Run.Checkpoint.Every
	if every == 0 || step == 0 || step == c.stage.from || c.stage.kept == step {
		return false
	}
	if step%every == 0 {
		return true
	}
	s := c.stage.training()
	return s != nil && s.choosesBest() && !s.early.on() && step%validationEvery(c.stage.units, c.job.Run.Train.Epochs) == 0
}

// order has each holder of the state write its shard of it.
func (c *checkpointer) order(generation uint64, step int, holders []core.WorkerID) error {
	c.ordered++
	c.pending = newPendingCheckpoint(c.ordered, step, generation, holders)
	for i, w := range holders {
		order := protocol.Checkpoint{Generation: generation, Stage: c.stage.index, Step: step, Index: i, Of: len(holders)}
		if err := c.gateway.order(w, protocol.Order{Checkpoint: &order}); err != nil {
			return err
		}
	}
	return nil
}

// addShard takes a shard, and writes the checkpoint when all are there.
func (c *checkpointer) addShard(ctx context.Context, w core.WorkerID, shard *protocol.ShardDone) {
	p := &c.pending
	if shard.Stage != c.stage.index || !p.awaits(w, shard) {
		return
	}
	err := c.stage.checkSize(shard.Folder)
	if shard.Error != "" {
		err = errors.New(shard.Error)
	}
	if err != nil {
		err := fmt.Errorf("worker %s cannot write its shard: %w", w, err)
		if p.last {
			c.fail(fmt.Errorf("the state after step %d of %s was not saved: %w", p.step, c.stage.name(), err))
			return
		}
		c.giveUp(err)
		if err := c.ended(); err != nil {
			c.fail(err)
		}
		return
	}
	p.shards[shard.Index] = shard
	c.writeWhenComplete(ctx)
}

// writeWhenComplete writes the checkpoint in the background once all its parts are there.
func (c *checkpointer) writeWhenComplete(ctx context.Context) {
	p := &c.pending
	if !p.complete() || p.writing {
		return
	}
	p.writing = true
	taken := *p
	stage, units, index := c.stage.name(), c.stage.units, c.stage.index
	c.background(func() result {
		began := time.Now()
		dir, err := c.write(ctx, taken, stage, units)
		return result{apply: func() error {
			// A run that stops does not wait for a checkpoint under way before it orders its last.
			if c.pending.number == taken.number {
				c.pending = pendingCheckpoint{}
			}
			if err != nil {
				c.reportMissing(taken.step, err)
				if !taken.last {
					return c.ended()
				}
				return fmt.Errorf("the state after step %d of %s was not saved: %w", taken.step, stage, err)
			}
			if index == c.stage.index {
				c.stage.kept = taken.step
			}
			c.opts.Log.Info("checkpoint", "stage", stage, "step", taken.step, "path", dir, "took", time.Since(began))
			if taken.last {
				c.notify("the state after %d of %d steps of %s is in %s; --resume continues from there", taken.step, units, stage, dir)
				c.apply(ctx, core.Saved{Stage: index})
			}
			c.newest = &status.Checkpoint{Stage: stage, Step: taken.step, Written: time.Now()}
			c.metrics().Checkpoint(true)
			err = c.dir.Record(directory.Entry{CheckpointKept: &directory.CheckpointKept{Stage: stage, Step: taken.step, Score: taken.validation.score()}})
			if err != nil {
				return err
			}
			c.kept()
			return c.ended()
		}}
	})
}

// giveUp abandons the checkpoint under way, and reports why. The one before it stays, and the
// run goes on.
func (c *checkpointer) giveUp(err error) {
	c.reportMissing(c.pending.step, err)
	c.pending = pendingCheckpoint{}
}

func (c *checkpointer) reportMissing(step int, err error) {
	c.notify("no checkpoint after step %d: %v", step, err)
	c.metrics().Checkpoint(false)
	c.opts.Log.Warn("checkpoint", "step", step, "error", err)
}

// reset forgets what was under way before a stage is loaded.
func (c *checkpointer) reset() {
	c.measured = nil
	c.abandon()
}

// abandon gives up the checkpoint under way and the scores that are asked for: the ring that they were asked
// of is no more.
func (c *checkpointer) abandon() {
	c.scoring, c.toJudge = nil, nil
	c.pending.abandon()
}
