package worker

import (
	"context"
	"errors"
	"fmt"

	"ringmaster/allreduce"
	"ringmaster/run/protocol"
)

// membership is this worker's place in a generation: the ring of its members, and which
// generations have ended.
type membership struct {
	link     *link
	endpoint *allreduce.Endpoint // this worker's ring server in a mesh; nil under a broker
	options  Options

	ring *ring // of the last generation that was ordered; nil without one
	// spent is the last generation that broke or may not go on. Orders of it, and of those
	// before it, are ignored.
	spent uint64
}

// isOver says whether orders of a generation are ignored: it is spent, or a newer ring was
// formed.
func (m *membership) isOver(generation uint64) bool {
	return generation <= m.spent || m.ring != nil && generation < m.ring.place.Generation
}

// spend ends a generation.
func (m *membership) spend(generation uint64) { m.spent = max(m.spent, generation) }

// isIn says whether the ring is that of a generation.
func (m *membership) isIn(generation uint64) bool {
	return m.ring != nil && m.ring.place.Generation == generation
}

// join leaves the ring and opens that of a new generation.
func (m *membership) join(ctx context.Context, place protocol.Ring) error {
	m.leave()
	m.ring = &ring{place: place} // without links until they are open
	opened, err := m.openRing(ctx, place)
	if err != nil {
		return asRingError(err)
	}
	m.ring = opened
	return nil
}

// leave closes the ring, if there is one.
func (m *membership) leave() {
	if err := m.ring.close(); err != nil {
		m.options.Log.Info("closing the ring failed", "error", err)
	}
	m.ring = nil
}

// formRing takes this worker's place in a new generation and reports which state it holds.
func (e *executor) formRing(ctx context.Context, place protocol.Ring) error {
	if len(place.Workers) == 0 || place.Rank < 0 || place.Rank >= len(place.Workers) {
		return fmt.Errorf("%w: rank %d in a ring of %d", ErrOrder, place.Rank, len(place.Workers))
	}
	if place.Abrupt {
		e.stage.cancelFetch()
	}
	over := logIfSlow(e.log, "the links to its neighbours on the ring", "generation", place.Generation, "neighbours", neighbours(place))
	err := e.member.join(ctx, place)
	over()
	if err != nil {
		return err
	}
	if err := e.stage.restoreResidual(e.member.ring); err != nil {
		return err
	}
	e.link.monitor.ringFormed(place)
	e.log.Info("ring formed", "generation", place.Generation, "rank", place.Rank, "world", len(place.Workers), "topology", place.Topology, "stripes", max(1, place.Stripes))
	e.session.report(protocol.Report{RingReady: &protocol.RingReady{
		Generation: place.Generation, Held: e.stage.held(), Pending: e.stage.pendingSteps(),
	}})
	return nil
}

// leaveRing closes the ring and drops what a step on it left half done: the gradient, and the
// residual, part of which may belong to a sum that no rank has.
func (e *executor) leaveRing() error {
	e.member.leave()
	e.link.monitor.ringLost(nil)
	return e.stage.dropGradients()
}

// breakGeneration ends a generation that cannot go on and reports why. The worker waits for
// the next ring.
func (e *executor) breakGeneration(generation uint64, why error) error {
	broken := protocol.Broken{Generation: generation, Reason: why.Error()}
	if ring := e.member.ring; ring != nil {
		var peer *allreduce.PeerError
		switch {
		case errors.Is(why, ErrBroker):
			broken.Rank = &ring.place.Rank // nobody else is at fault
		case errors.As(why, &peer) && peer.Rank != ring.place.Rank:
			broken.Rank = &peer.Rank
		}
	}
	e.member.spend(generation)
	e.stage.cancelFetch()
	err := e.leaveRing()
	e.link.monitor.ringLost(why)
	e.log.Warn("the ring broke; waiting for the next", "generation", generation, "why", why)
	e.session.report(protocol.Report{Broken: &broken})
	return err
}

// asRingError marks an error of the ring as one that the worker survives, except where the
// order was wrong or the broker refuses this worker.
func asRingError(err error) error {
	for _, fatal := range []error{allreduce.ErrOptions, protocol.ErrNotAdmitted, ErrOrder} {
		if errors.Is(err, fatal) {
			return err
		}
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrRing, err)
}
