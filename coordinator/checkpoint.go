package coordinator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/durable"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// checkpointing is a checkpoint on its way: the ranks write a shard each while they train
// on, and the coordinator puts the shards together. There is one at a time; one that is
// due while another is under way is left out.
type checkpointing struct {
	number     int // of the order, so that one is told from the next
	step       int
	generation uint64
	of         int // shards; 0: none is on its way
	shards     map[int]*protocol.ShardDone
	holders    map[int]core.WorkerID
	valid      *validation      // nil: no score is wanted
	last       bool             // the run stops when it is kept, with the model beside the state
	model      *transfer.Folder // as a worker handed it over
	// finished: the state that a training ended with, with the model that stands in this folder
	// beside it once it is known.
	finished bool
	modelDir string
	writing  bool
}

// abandon gives a checkpoint up whose shards cannot all come any more.
func (c *checkpointing) abandon() {
	if !c.writing {
		*c = checkpointing{}
	}
}

// checkpointBefore orders a checkpoint, when one is due, before a step is dealt.
func (r *coordinator) checkpointBefore(d core.DealStep) error {
	if r.keeping.of > 0 || !r.checkpointDue(d.Step) {
		return nil
	}
	holders := make([]core.WorkerID, len(d.ActiveRanks))
	for i, rank := range d.ActiveRanks {
		holders[i] = r.ring[rank]
	}
	if err := r.orderCheckpoint(d.Generation, d.Step, holders); err != nil {
		return err
	}
	return r.orderValidation(d.Generation, holders)
}

// orderCheckpoint has each holder of the state write its share of it.
func (r *coordinator) orderCheckpoint(generation uint64, step int, holders []core.WorkerID) error {
	r.ordered++
	r.keeping = checkpointing{number: r.ordered, step: step, generation: generation, of: len(holders),
		shards: map[int]*protocol.ShardDone{}, holders: map[int]core.WorkerID{}}
	for i, w := range holders {
		r.keeping.holders[i] = w
		order := protocol.Checkpoint{Generation: generation, Stage: r.current, Step: step, Index: i, Of: len(holders)}
		if err := r.gateway.order(w, protocol.Order{Checkpoint: &order}); err != nil {
			return err
		}
	}
	return nil
}

// keepShard takes a shard, and writes the checkpoint when all are there.
func (r *coordinator) keepShard(ctx context.Context, w core.WorkerID, shard *protocol.ShardDone) {
	k := &r.keeping
	if k.of == 0 || k.writing || shard.Stage != r.current || shard.Step != k.step || shard.Generation != k.generation || shard.Of != k.of || k.holders[shard.Index] != w {
		return
	}
	err := r.expected(shard.Folder)
	if shard.Error != "" {
		err = errors.New(shard.Error)
	}
	if err != nil {
		err := fmt.Errorf("worker %s cannot write its part: %w", w, err)
		if k.last {
			r.fail(fmt.Errorf("the state after step %d of %s: %w", k.step, r.stages[r.current].name(), err))
			return
		}
		r.notKept(k.step, err)
		if err := r.dealHeld(); err != nil {
			r.fail(err)
		}
		return
	}
	k.shards[shard.Index] = shard
	r.writeWhenWhole(ctx)
}

// writeWhenWhole writes the checkpoint in the background once shards and score are there.
func (r *coordinator) writeWhenWhole(ctx context.Context) {
	k := &r.keeping
	if k.of == 0 || k.writing || len(k.shards) < k.of || !k.valid.complete() || (k.last && k.model == nil) || (k.finished && k.modelDir == "") {
		return
	}
	k.writing = true
	taken := *k
	stage, units, index := r.stages[r.current].name(), r.units, r.current
	r.background(func() result {
		began := time.Now()
		kept, err := r.writeCheckpoint(ctx, taken, stage, units)
		return result{apply: func() error {
			// A run that stops does not wait for a checkpoint under way before it orders its last.
			if r.keeping.number == taken.number {
				r.keeping = checkpointing{}
			}
			if err != nil {
				r.tellNotKept(taken.step, err)
				if !taken.last {
					return r.dealHeld()
				}
				return fmt.Errorf("the state after step %d of %s: %w", taken.step, stage, err)
			}
			if index == r.current {
				r.kept = taken.step
			}
			r.opts.Log.Info("checkpoint", "stage", stage, "step", taken.step, "path", kept, "took", time.Since(began))
			if taken.last {
				r.notify("the state after %d of %d steps of %s is in %s; --resume goes on from there", taken.step, units, stage, kept)
				r.apply(ctx, core.Saved{Stage: index})
			}
			err = r.dir.Record(directory.Entry{CheckpointKept: &directory.CheckpointKept{Stage: stage, Step: taken.step, Score: taken.valid.score()}})
			if err != nil {
				return err
			}
			return r.dealHeld()
		}}
	})
}

// notKept tells of a checkpoint that was not to be had. The one before stands, and the run
// goes on.
func (r *coordinator) notKept(step int, err error) {
	r.tellNotKept(step, err)
	r.keeping = checkpointing{}
}

func (r *coordinator) tellNotKept(step int, err error) {
	r.notify("no checkpoint after step %d: %v", step, err)
	r.opts.Log.Warn("checkpoint", "step", step, "error", err)
}

// writeCheckpoint puts the shards together under the checkpoint's name.
func (r *coordinator) writeCheckpoint(ctx context.Context, k checkpointing, stage string, units int) (string, error) {
	// By its name it goes when a run is resumed that was killed just now.
	fetched, err := os.MkdirTemp(string(r.dir.Layout), durable.Prefix+"shards-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fetched)
	progress := directory.Progress{
		Stage: stage, Steps: k.step, Total: units, Complete: true, AppliedGeneration: k.generation, World: k.of,
		Score: k.valid.score(), Written: time.Now().UTC(),
	}
	kept, err := directory.OpenCheckpoints(r.dir.Checkpoints()).Save(progress, r.keepRule(), func(w *directory.CheckpointWriter) error {
		for i := range k.of {
			if err := r.takeFolder(ctx, w, k.holders[i], k.shards[i].Folder, filepath.Join(fetched, fmt.Sprint(i))); err != nil {
				return err
			}
		}
		if k.finished {
			return addFolder(w, k.modelDir)
		}
		if k.model == nil {
			return nil
		}
		return r.takeFolder(ctx, w, k.holders[0], *k.model, filepath.Join(fetched, "model"))
	})
	return kept.Dir, err
}

// pruneDone removes the checkpoints that nobody needs once a stage is done: a teacher's
// all, of the student's the last and the best are kept.
func (r *coordinator) pruneDone(s stage) error {
	if _, trains := s.(*trainStage); !trains {
		return nil
	}
	keep := directory.Keep{}
	if plan.Final(s.name()) {
		keep = r.keepRule()
		keep.Last = 1
	}
	return directory.OpenCheckpoints(r.dir.Checkpoints()).Prune(s.name(), keep)
}

// save has the stage's model handed over and, when the run stops before its end, the whole
// state kept beside it; also at the end of a run that may be given a greater length.
func (r *coordinator) save(d core.Save) error {
	if s := r.stages[r.current].(*trainStage); d.Finished && r.choosesBest(s) && r.keeping.of > 0 {
		r.heldSave = &d // the checkpoint under way is one to choose from
		return nil
	}
	r.heldSave = nil
	r.saving = &saving{worker: d.Worker, steps: d.Steps, finished: d.Finished}
	r.saved = nil
	atEnd := d.Finished && r.keepsState()
	if !d.Finished || atEnd {
		if err := r.orderCheckpoint(r.generation, d.Steps, d.Holders); err != nil {
			return err
		}
		r.keeping.last, r.keeping.finished = !atEnd, atEnd
	}
	return r.gateway.order(d.Worker, protocol.Order{Save: &protocol.Save{Stage: d.Stage}})
}

// keepsState says whether the state that the stage under way ends with is kept.
func (r *coordinator) keepsState() bool {
	return r.opts.KeepState && plan.Final(r.stages[r.current].name())
}

// finishSaving ends the saving of a finished training, whose model is in place, when its state is
// kept too, or is not to be had.
func (r *coordinator) finishSaving(ctx context.Context) {
	if r.saved == nil {
		return
	}
	k := &r.keeping
	if k.finished && !k.writing {
		for i, w := range k.holders {
			if k.shards[i] == nil && r.members[w] == nil {
				r.notKept(k.step, fmt.Errorf("worker %s, which held a part of it, is gone", w))
				break
			}
		}
	}
	if !k.finished {
		saved := *r.saved
		r.saved = nil
		r.apply(ctx, saved)
	}
}
