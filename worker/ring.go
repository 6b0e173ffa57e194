package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/allreduce"
	"ringmaster/config"
	"ringmaster/run/protocol"
)

// ring is a rank's place among the members of a generation, with its links open.
type ring struct {
	*allreduce.Ring // nil in a world of one
	place           protocol.Ring
	broker          *nats.Conn // that the links go over; nil in a mesh
}

// openRing links this rank to its neighbours.
func (e *executor) openRing(ctx context.Context, place protocol.Ring) (_ *ring, err error) {
	r := &ring{place: place}
	if r.world() == 1 {
		return r, nil
	}
	o := allreduce.Options{Rank: place.Rank, World: r.world(), Run: e.link.run, Generation: place.Generation}
	var transport allreduce.Transport
	if place.Topology == config.Broker {
		transport, err = r.overBroker(ctx, e.options, o)
	} else {
		transport, err = r.overMesh(ctx, e.own, o)
	}
	if err == nil {
		r.Ring, err = allreduce.Open(ctx, transport, o)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// overMesh links to the left neighbour's own server, and to the right one by this rank's.
func (r *ring) overMesh(ctx context.Context, own *allreduce.Endpoint, o allreduce.Options) (allreduce.Transport, error) {
	left := (o.Rank + o.World - 1) % o.World
	if own == nil || len(r.place.RingURLs) != o.World {
		return nil, fmt.Errorf("%w: a mesh, without every rank's own server", ErrOrder)
	}
	transport, err := own.Connect(ctx, r.place.RingURLs[left], o)
	if err != nil {
		return nil, fmt.Errorf("link to rank %d (worker %s): %w", left, r.place.Workers[left], err)
	}
	return transport, nil
}

// brokerTimeout bounds a write to the broker, and what is said to it at the beginning and
// the end.
const brokerTimeout = 10 * time.Second

// overBroker links to both neighbours by the server that all share: the one that is
// named, else the one that orders come over. Either way it is a connection of the ring's
// own: its vectors do not stand in the way of orders, and its end is no end of the run's.
func (r *ring) overBroker(ctx context.Context, own Options, o allreduce.Options) (_ allreduce.Transport, err error) {
	at, token := r.place.Broker, ""
	if at == "" {
		at, token = own.NATS, own.Token
	}
	options := append(allreduce.BrokerOptions(brokerTimeout), nats.Name(fmt.Sprintf("ringmaster ring rank %d", o.Rank)))
	if r.broker, err = protocol.Dial(at, token, options...); err != nil {
		return nil, fmt.Errorf("broker of the ring: %w", err)
	}
	return allreduce.NewBroker(ctx, r.broker, o)
}

func (r *ring) world() int { return len(r.place.Workers) }

// sent is how many bytes this rank has sent over the links.
func (r *ring) sent() uint64 {
	if r.Ring == nil {
		return 0
	}
	return r.Stats().BytesSent
}

func (r *ring) close() error {
	if r == nil {
		return nil
	}
	var err error
	if r.Ring != nil {
		err = r.Ring.Close()
	}
	if r.broker != nil {
		// A neighbour may wait still for the last of what was said. Where the broker is gone
		// it waits in vain, and finds that out by itself.
		_ = r.broker.FlushTimeout(brokerTimeout)
		r.broker.Close()
	}
	return err
}

// inTransit is how long the right neighbour has waited for what this rank had sent.
func (r *ring) inTransit() time.Duration {
	if r.Ring == nil {
		return 0
	}
	return r.Stats().InTransit
}
