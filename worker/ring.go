package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/allreduce"
	"ringmaster/config"
	"ringmaster/refusals"
	"ringmaster/run/protocol"
)

// ring is a rank's place among the members of a generation, with its links.
type ring struct {
	*allreduce.Striped // nil in a world of one, and where the links could not be opened
	place              protocol.Ring
	broker             *nats.Conn // that the links go over; nil in a mesh
}

// openRing opens the links to this rank's neighbours.
func (m *membership) openRing(ctx context.Context, place protocol.Ring) (_ *ring, err error) {
	r := &ring{place: place}
	if r.world() == 1 {
		return r, nil
	}
	key, err := allreduce.KeyOf(place.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	o := allreduce.Options{
		Rank: place.Rank, World: r.world(), Run: m.link.run, Generation: place.Generation, Key: key,
		Refused: func(why error) {
			m.options.Refused.Add(refusals.Forged, fmt.Sprintf("a message on the ring of generation %d: %v", place.Generation, why))
		},
	}
	var transports []allreduce.Transport
	if place.Topology == config.Broker {
		transports = make([]allreduce.Transport, 1)
		transports[0], err = r.overBroker(ctx, m.link, o)
	} else {
		transports, err = r.overMesh(ctx, m.link, m.endpoint, o)
	}
	if err == nil {
		r.Striped, err = allreduce.OpenStriped(ctx, transports, o)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// overMesh connects to the left neighbour's ring server; the right neighbour connects to this
// worker's.
func (r *ring) overMesh(ctx context.Context, l *link, endpoint *allreduce.Endpoint, o allreduce.Options) ([]allreduce.Transport, error) {
	left := (o.Rank + o.World - 1) % o.World
	if endpoint == nil || len(r.place.RingURLs) != o.World {
		return nil, fmt.Errorf("%w: a mesh without the address of every rank's ring server", ErrOrder)
	}
	transports, err := endpoint.ConnectStripes(ctx, l.neighbour(r.place.RingURLs[left], r.place.Left, r.place.Pass), o, max(1, r.place.Stripes))
	if err != nil {
		return nil, fmt.Errorf("link to rank %d (worker %s): %w", left, r.place.Workers[left], err)
	}
	return transports, nil
}

// brokerTimeout bounds a write to the broker, connecting to it and the last flush.
const brokerTimeout = 10 * time.Second

// overBroker links to both neighbours through a server that all ranks share: the one that the
// order names, else the one that orders come over. The ring has a connection of its own, so
// that its traffic does not delay orders and its loss does not lose the coordinator.
func (r *ring) overBroker(ctx context.Context, l *link, o allreduce.Options) (_ allreduce.Transport, err error) {
	options := append(allreduce.BrokerOptions(brokerTimeout), nats.Name(fmt.Sprintf("ringmaster ring rank %d", o.Rank)))
	switch {
	case r.place.Broker != "":
		away := func(why error) {
			l.log.Warn("the ring's broker does not answer; trying again", "patience", brokerPatience, "why", why)
		}
		r.broker, err = protocol.Await(ctx, brokerPatience, away, func() (*nats.Conn, error) {
			return dialBroker(r.place.Broker, options...)
		})
	case r.place.Pass != "":
		r.broker, err = l.access.Dial(append(options, l.identity.PassOptions(r.place.Pass)...)...)
	default:
		r.broker, err = l.access.Dial(options...)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroker, err)
	}
	return allreduce.NewBroker(ctx, r.broker, o)
}

func (r *ring) world() int { return len(r.place.Workers) }

// traffic is what went over the link to the right neighbour.
type traffic struct {
	sent      uint64        // bytes that this rank sent
	inTransit time.Duration // that the neighbour waited for what was sent, where that is known
}

func (t traffic) since(before traffic) traffic {
	return traffic{t.sent - before.sent, t.inTransit - before.inTransit}
}

func (r *ring) traffic() traffic {
	if r.Striped == nil {
		return traffic{}
	}
	stats := r.Stats()
	return traffic{stats.BytesSent, stats.InTransit}
}

func (r *ring) close() error {
	if r == nil {
		return nil
	}
	var err error
	if r.Striped != nil {
		err = r.Striped.Close()
	}
	if r.broker != nil {
		// A neighbour may still wait for the last message. Where the broker is gone, the
		// neighbour notices by itself.
		_ = r.broker.FlushTimeout(brokerTimeout)
		r.broker.Close()
	}
	return err
}

// neighbours names the workers to the left and right of a rank.
func neighbours(place protocol.Ring) string {
	n := len(place.Workers)
	left, right := place.Workers[(place.Rank+n-1)%n], place.Workers[(place.Rank+1)%n]
	if left == right {
		return left
	}
	return left + ", " + right
}
