package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ringmaster/allreduce"
	"ringmaster/run/protocol"
)

// formRing takes this rank's place in a new generation and says where it stands.
func (e *executor) formRing(ctx context.Context, place protocol.Ring) error {
	if len(place.Workers) == 0 || place.Rank < 0 || place.Rank >= len(place.Workers) {
		return fmt.Errorf("%w: rank %d in a ring of %d", ErrOrder, place.Rank, len(place.Workers))
	}
	if place.Abrupt {
		e.dropLearning()
	}
	if err := e.ring.close(); err != nil {
		e.options.Log.Info("closing the ring", "error", err)
	}
	e.ring = &ring{place: place} // closed, should it not open
	over := e.waits("the links to its neighbours on the ring", "generation", place.Generation, "neighbours", neighbours(place))
	opened, err := e.openRing(ctx, place)
	over()
	if err != nil {
		return ringFault(err)
	}
	e.ring = opened
	if err := e.takeResidual(); err != nil {
		return err
	}
	e.options.Log.Info("ring", "generation", place.Generation, "rank", place.Rank, "world", len(place.Workers), "topology", place.Topology)
	e.tell(protocol.Report{RingReady: &protocol.RingReady{
		Generation: place.Generation, Held: e.standing(), Pending: slices.Clone(e.pending),
	}})
	return nil
}

// neighbours names those of a rank.
func neighbours(place protocol.Ring) string {
	n := len(place.Workers)
	left, right := place.Workers[(place.Rank+n-1)%n], place.Workers[(place.Rank+1)%n]
	if left == right {
		return left
	}
	return left + ", " + right
}

// standing is the state that this worker can go on from, if any. One that learns has none
// that counts.
func (e *executor) standing() *protocol.Held {
	if e.held == nil || e.learning != nil {
		return nil
	}
	held := *e.held
	return &held
}

// advance takes a step as applied.
func (e *executor) advance(done *protocol.StepDone) {
	e.held.Applied, e.held.AppliedGeneration = done.Step+1, done.Generation
	e.pending = append(e.pending, *done)
}

// forgetCommitted lets go of reports that are on the coordinator's disk.
func (e *executor) forgetCommitted(committed int) {
	e.pending = slices.DeleteFunc(e.pending, func(d protocol.StepDone) bool { return d.Step < committed })
}

// dropRing closes the ring and whatever a step on it has left half done. What rounding
// lost in the last step is forgotten too: part of it may belong to a sum that nobody has.
func (e *executor) dropRing() error {
	if err := e.ring.close(); err != nil {
		e.options.Log.Info("closing the ring", "error", err)
	}
	e.ring = nil
	e.exchange.forget()
	return e.replicas.zeroGradient()
}

// breakOff gives up a generation that cannot go on, says why, and lives.
func (e *executor) breakOff(generation uint64, why error) error {
	broken := protocol.Broken{Generation: generation, Reason: why.Error()}
	var peer *allreduce.PeerError
	if errors.As(why, &peer) && e.ring != nil && peer.Rank != e.ring.place.Rank {
		broken.Rank = &peer.Rank
	}
	e.spent = max(e.spent, generation)
	e.dropLearning()
	err := e.dropRing()
	e.options.Log.Warn("the ring is given up", "generation", generation, "why", why)
	e.tell(protocol.Report{Broken: &broken})
	return err
}

// ringFault marks a ring's error as one that this worker lives through. Where the call was
// wrong, or the broker will never have it, it does not.
func ringFault(err error) error {
	for _, own := range []error{allreduce.ErrOptions, protocol.ErrNotAdmitted, ErrOrder} {
		if errors.Is(err, own) {
			return err
		}
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrRing, err)
}
