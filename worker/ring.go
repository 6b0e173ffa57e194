package worker

import (
	"context"
	"fmt"

	"ringmaster/allreduce"
	"ringmaster/coordinator/protocol"
)

// ring is a rank's place among the members of a generation, with its links open.
type ring struct {
	*allreduce.Ring // nil in a world of one
	place           protocol.Ring
}

// openRing links this rank to its neighbours.
func openRing(ctx context.Context, own *allreduce.Endpoint, run string, place protocol.Ring) (_ *ring, err error) {
	r := &ring{place: place}
	world := len(place.Workers)
	if world == 1 {
		return r, nil
	}
	leftRank := (place.Rank + world - 1) % world
	o := allreduce.Options{Rank: place.Rank, World: world, Run: run, Generation: place.Generation}
	transport, err := own.Connect(ctx, place.RingURLs[leftRank], o)
	if err != nil {
		return nil, fmt.Errorf("link to rank %d (worker %s): %w", leftRank, place.Workers[leftRank], err)
	}
	if r.Ring, err = allreduce.Open(ctx, transport, o); err != nil {
		return nil, err
	}
	return r, nil
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
	if r == nil || r.Ring == nil {
		return nil
	}
	return r.Ring.Close()
}
