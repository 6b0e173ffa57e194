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

// held fills a rank's residual, as steps in bfloat16 leave one.
func (e *executor) holdResidual() []float32 {
	e.exchange.residual = make([]float32, e.model.Size())
	for i := range e.exchange.residual {
		e.exchange.residual[i] = 0.25
	}
	return slices.Clone(e.exchange.residual)
}

// What rounding lost in a step that is skipped is not finite: the next step goes on without
// it, to the same bits as a ring that never had any.
func TestASkippedStepLeavesNoResidual(t *testing.T) {
	after := func(skip bool) []string {
		c := newCrew(t, 2, wireBFloat16)
		for _, e := range c.ranks {
			e.stage.SkipNotFinite = true
			(&member{executor: e, t: t}).poisonWord()
		}
		c.walk(3, true)
		if skip {
			batch := batchOf(3)
			batch[1].IDs = append(slices.Clone(batch[1].IDs), poisonedToken)
			done, errs := c.take(t.Context(), deal(3, 2, batch, true))
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			for rank, d := range done {
				if d.NotFinite == nil || c.ranks[rank].exchange.residual != nil {
					t.Errorf("rank %d: not finite %v, and it keeps what rounding lost: %v", rank, d.NotFinite, c.ranks[rank].exchange.residual != nil)
				}
			}
		} else {
			for _, e := range c.ranks {
				e.exchange.forget()
			}
		}
		_, hashes := c.walk(4, true)
		return hashes
	}
	if with, without := after(true), after(false); !slices.Equal(with, without) {
		t.Errorf("after a skipped step the parameters are %v, without one %v", with, without)
	}
}

// Who begins to learn another's state starts with nothing that rounding lost in its own.
func TestALearnerForgetsItsResidual(t *testing.T) {
	e := newCrew(t, 1, wireBFloat16).ranks[0]
	e.link = &link{}
	e.holdResidual()
	if err := e.learn(t.Context(), protocol.FetchState{Source: "nobody", SourceURL: "nats://127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.dropLearning)
	if e.exchange.residual != nil {
		t.Error("it brings what rounding lost of another state into the ring")
	}
}

// The steps that a learner applies late are before those whose residual it has by then, also
// where one of them is skipped.
func TestALearnerKeepsTheResidualOfLaterSteps(t *testing.T) {
	for name, loss := range map[string]float64{"applied": 1, "skipped": math.NaN()} {
		t.Run(name, func(t *testing.T) {
			e := newCrew(t, 1, wireBFloat16).ranks[0]
			e.stage.SkipNotFinite = true
			state, err := e.model.State()
			if err != nil {
				t.Fatal(err)
			}
			want := e.holdResidual()
			finished := make(chan struct{})
			close(finished)
			late := queued{
				taken: &taken{
					order: &protocol.Step{LR: 1e-3, Count: 1}, world: 1, t: &timeline{began: time.Now()},
					loss: model.Loss{Sum: []float64{loss, 0}, Count: []int{1, 0}},
				},
				gradient: make([]float32, e.model.Size()),
			}
			e.learning = &learning{cancel: func() {}, done: finished, state: donated{State: state, AppliedGeneration: 1}, queue: []queued{late}}
			if err := e.catchUp(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(e.exchange.residual, want) {
				t.Error("the residual of later steps is lost")
			}
		})
	}
}
