package worker

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// fillResidual sets a rank's residual, as steps in a rounded format leave one.
func (e *executor) fillResidual() []float32 {
	e.stage.gradients.residual = make([]float32, e.stage.model.Size())
	for i := range e.stage.gradients.residual {
		e.stage.gradients.residual[i] = 0.25
	}
	return slices.Clone(e.stage.gradients.residual)
}

// The residual of a skipped step is not finite: the next step starts without one, and gives
// the same bits as a ring that never had one.
func TestSkippedStepLeavesNoResidual(t *testing.T) {
	after := func(dtype string, skip bool) []string {
		c := newMemoryWorld(t, 2, dtype)
		for _, e := range c.ranks {
			e.stage.SkipNotFinite = true
			(&member{executor: e, t: t}).poisonWord()
		}
		c.train(3, true)
		if skip {
			batch := batchOf(3)
			batch[1].IDs = append(slices.Clone(batch[1].IDs), poisonedToken)
			done, errs := c.trainStep(t.Context(), deal(3, 2, batch, true))
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			for rank, d := range done {
				if d.NotFinite == nil || c.ranks[rank].stage.gradients.residual != nil {
					t.Errorf("rank %d: not finite %v, and it keeps a residual: %v", rank, d.NotFinite, c.ranks[rank].stage.gradients.residual != nil)
				}
			}
		} else {
			for _, e := range c.ranks {
				e.stage.gradients.forgetResidual()
			}
		}
		_, hashes := c.train(4, true)
		return hashes
	}
	for _, dtype := range []string{"bfloat16", "int8"} {
		if with, without := after(dtype, true), after(dtype, false); !slices.Equal(with, without) {
			t.Errorf("%s: after a skipped step the parameters are %v, without one %v", dtype, with, without)
		}
	}
}

// A worker that fetches another's state drops the residual of its own.
func TestStateFetchDropsTheResidual(t *testing.T) {
	e := newMemoryWorld(t, 1, "bfloat16").ranks[0]
	e.link = identified(t, &link{})
	e.fillResidual()
	if err := e.startFetch(t.Context(), protocol.FetchState{Source: "nobody", SourceID: "nobody", SourceURL: "nats://127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.stage.cancelFetch)
	if e.stage.gradients.residual != nil {
		t.Error("the residual of the old state goes into the ring")
	}
}

// Queued steps are applied after later ones left a residual, which stays, also where one of
// them is skipped.
func TestQueuedStepsKeepTheResidualOfLaterOnes(t *testing.T) {
	for name, loss := range map[string]float64{"applied": 1, "skipped": math.NaN()} {
		t.Run(name, func(t *testing.T) {
			e := newMemoryWorld(t, 1, "bfloat16").ranks[0]
			e.stage.SkipNotFinite = true
			state, err := e.stage.model.State()
			if err != nil {
				t.Fatal(err)
			}
			want := e.fillResidual()
			finished := make(chan struct{})
			close(finished)
			late := queuedStep{
				step: &reducedStep{
					order: &protocol.Step{LR: 1e-3, Count: 1}, world: 1, timeline: &timeline{began: time.Now()},
					loss: model.Loss{Sum: []float64{loss, 0}, Count: []int{1, 0}},
				},
				gradient: make([]float32, e.stage.model.Size()),
			}
			e.stage.fetch = &stateFetch{cancel: func() {}, done: finished, state: transferredState{State: state, AppliedGeneration: 1}, queue: []queuedStep{late}}
			if err := e.catchUp(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(e.stage.gradients.residual, want) {
				t.Error("the residual of later steps is lost")
			}
		})
	}
}
