package worker

import (
	"fmt"
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// reducedStep is a step whose gradient is summed over all ranks and not yet applied.
type reducedStep struct {
	order    *protocol.Step
	loss     model.Loss // of all ranks
	timeline *timeline
	world    int           // ranks of the ring
	traffic  traffic       // of this rank over the ring
	dense    uint64        // bytes if all rows of the word embeddings had travelled
	lasted   time.Duration // from the order to the sum
}

// newReducedStep starts the step's clock.
func newReducedStep(s *protocol.Step, r *ring) *reducedStep {
	return &reducedStep{order: s, timeline: &timeline{began: time.Now()}, world: r.world(), traffic: r.traffic()}
}

// finish measures the step up to the sum.
func (k *reducedStep) finish(r *ring, gradients *ringReducer) {
	k.traffic = r.traffic().since(k.traffic)
	k.dense = k.traffic.sent
	if k.world > 1 {
		k.dense += gradients.saved(r.place.Rank, k.world, k.order.Tokens)
	}
	k.lasted = time.Since(k.timeline.began)
}

// report begins the step's report with what is known before the update.
func (k *reducedStep) report() *protocol.StepDone {
	s := k.order
	return &protocol.StepDone{
		Generation: s.Generation, Stage: s.Stage, Step: s.Step, ActiveRanks: s.ActiveRanks, World: k.world,
		LossSum: k.loss.Sum, Counts: k.loss.Count,
		RingBytes: k.traffic.sent, DenseBytes: k.dense, RingInTransit: k.traffic.inTransit.Seconds(),
	}
}

// measure adds to a report what the step's time went into; update is how long the update
// took.
func (k *reducedStep) measure(done *protocol.StepDone, update time.Duration, trace bool) {
	lasted := k.lasted + update
	done.Seconds, done.Timeline = lasted.Seconds(), k.timeline.summary()
	if trace {
		done.Spans = k.timeline.spans(fmt.Sprintf("step %d", k.order.Step), k.timeline.began.Add(lasted))
	}
}
