package coordinator

import (
	"context"
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// modelHandover has a worker hand over a stage's trained model, with the whole state beside
// it where the run stops before its end or may be given a greater length.
type modelHandover struct {
	*setup
	*loop
	gateway     *gateway
	stage       *activeStage
	members     *membership
	checkpoints *checkpointer

	saving *saving     // the model is on its way
	saved  *core.Saved // what the core is told of a finished model once its state is kept too
}

// saving is a model on its way from a worker.
type saving struct {
	worker   core.WorkerID
	steps    int
	finished bool
	pulled   bool
}

// start orders the model, and the checkpoint that goes with it.
func (h *modelHandover) start(d core.Save, generation uint64) error {
	h.saving, h.saved = &saving{worker: d.Worker, steps: d.Steps, finished: d.Finished}, nil
	atEnd := d.Finished && h.keepsState()
	if !d.Finished || atEnd {
		if err := h.checkpoints.order(generation, d.Steps, d.Holders); err != nil {
			return err
		}
		h.checkpoints.pending.last, h.checkpoints.pending.finished = !atEnd, atEnd
	}
	return h.gateway.order(d.Worker, protocol.Order{Save: &protocol.Save{Stage: d.Stage}})
}

// keepsState says whether the state that the stage ends with is kept.
func (h *modelHandover) keepsState() bool {
	return h.opts.KeepState && plan.Final(h.stage.name())
}

// receive fetches what a worker saved to where the stage's model belongs. The model of a
// stage that was stopped goes into its last checkpoint.
func (h *modelHandover) receive(ctx context.Context, w core.WorkerID, saved *protocol.Saved) {
	of := h.saving
	if of == nil || of.worker != w || of.pulled || saved.Stage != h.stage.index {
		return // of another stage, or a repeated report
	}
	of.pulled = true
	notSaved := func(reason string) {
		h.apply(ctx, core.NotSaved{Worker: w, Stage: saved.Stage, Reason: reason, At: time.Now()})
	}
	if saved.Error != "" {
		notSaved(saved.Error)
		return
	}
	if err := h.stage.checkSize(saved.Folder); err != nil {
		notSaved(err.Error())
		return
	}
	if !of.finished {
		h.checkpoints.pending.model = &saved.Folder
		h.checkpoints.writeWhenComplete(ctx)
		return
	}
	s := h.stage.training()
	h.background(func() result {
		err := h.keep(ctx, w, saved.Folder, s, of.steps)
		return result{apply: func() error {
			switch {
			case h.saving != of: // the worker is gone, and another was asked
			case err != nil:
				notSaved(err.Error())
			default:
				h.saved = &core.Saved{Stage: saved.Stage}
				if p := &h.checkpoints.pending; p.finished {
					p.modelDir = s.place
					h.checkpoints.writeWhenComplete(ctx)
				}
				h.finish(ctx)
			}
			return nil
		}}
	})
}

// keep puts a worker's model in its place, and the student's among the checkpoints too,
// beside the state before it.
func (h *modelHandover) keep(ctx context.Context, w core.WorkerID, folder transfer.Folder, s *trainStage, steps int) error {
	if err := h.gateway.fetch(ctx, w, folder, s.place); err != nil {
		return err
	}
	if !plan.Final(s.name()) {
		return nil
	}
	progress := directory.Progress{Stage: s.name(), Steps: steps, Total: steps, Written: time.Now().UTC()}
	_, err := directory.OpenCheckpoints(h.dir.Checkpoints()).Save(progress, keepRule(h.job.Run), func(w *directory.CheckpointWriter) error {
		return addFolder(w, s.place)
	})
	return err
}

// finish tells the core of a finished model that is in its place, when its state is kept too
// or cannot be had.
func (h *modelHandover) finish(ctx context.Context) {
	if h.saved == nil {
		return
	}
	p := &h.checkpoints.pending
	if p.finished && !p.writing {
		for _, w := range p.missing() {
			if h.members.workers[w] == nil {
				h.checkpoints.giveUp(fmt.Errorf("worker %s, which held a shard of it, is gone", w))
				break
			}
		}
	}
	if !p.finished {
		saved := *h.saved
		h.saved = nil
		h.apply(ctx, saved)
	}
}

// again tells that the model is asked for again after a while.
func (h *modelHandover) again(d core.SaveLater) {
	h.saving = nil
	h.notify("%v; it is tried again in %s", d.Cause, d.In)
}

// reset forgets what is on its way.
func (h *modelHandover) reset() { h.saving, h.saved = nil, nil }
