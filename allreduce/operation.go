package allreduce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/allreduce/schedule"
)

// operation is one all-reduce on one rank, reduce-scatter and all-gather in one event loop:
// it sends the chunks that are ready, consumes those that have come, and waits for the next message. One goroutine does
// all of it, so x needs no locks.
//
// What goes out is in sending.go, what comes in in receiving.go.
type operation[E element] struct {
	*Ring
	request[E]
	*schedule.Progress

	held []heldChunk // came in, and wait for their turn to be sent on

	began    time.Time
	lastTick time.Time
	silentAt time.Time // silence before this moment is not held against a neighbour
}

func newOperation[E element](r *Ring, rq request[E]) *operation[E] {
	now := time.Now()
	o := &operation[E]{
		Ring: r, request: rq,
		Progress: schedule.NewProgress(schedule.Plan{
			Rank: r.options.Rank, World: r.options.World,
			Total: len(rq.x), PerChunk: rq.wire.Packing().PerChunk(r.options.ChunkBytes - headerBytes), Bounds: rq.bounds,
			Lag:    schedule.Lag(r.options.Window, r.options.World),
			Stripe: r.options.Stripe, Stripes: rq.stripes,
		}),
		began: now, lastTick: now, silentAt: now,
	}
	r.where, r.awaited = o.placeOf, o.awaitedSide
	r.moved = now
	return o
}

// needs says whether the operation still waits for something from that side:
// chunks from the left, room for chunks at the right.
func (o *operation[E]) needs(side Side) bool {
	if side == Left {
		return !o.ReceivedAll()
	}
	return !o.SentAll()
}

// awaitedSide is the side that holds the operation up while it waits.
func (o *operation[E]) awaitedSide() Side {
	if o.ReceivedAll() || o.Ready() && !o.window.Open() {
		return Right
	}
	return Left
}

// run is the event loop.
func (o *operation[E]) run(ctx context.Context) error {
	interval := o.options.ProgressTimeout / 8
	next := o.began.Add(interval)
	place := o.place
	for {
		o.sendReady(ctx)
		for len(o.queue) > 0 && !o.ReceivedAll() {
			if err := o.consume(ctx); err != nil {
				return err
			}
			o.sendReady(ctx)
		}
		if o.SentAll() && o.ReceivedAll() {
			return nil
		}
		for side, peer := range o.peers {
			if peer.down != nil && o.needs(Side(side)) {
				return o.withPosition(Side(side), peer.down)
			}
		}
		err := o.receive(ctx, next, place)
		if errors.Is(err, ErrTick) {
			now := time.Now()
			next = now.Add(interval)
			err = o.tick(ctx, now)
		}
		if err != nil {
			return err
		}
	}
}

// dataHeader is what both ends of a link know of a chunk.
func (o *operation[E]) dataHeader(c schedule.Chunk) header {
	return header{
		Kind: kindData, Wire: o.wire.ID(), Phase: c.Phase,
		Total: uint64(len(o.x)), Segment: uint32(c.Segment), Chunk: uint32(c.Index), Count: uint32(c.Hi - c.Lo),
	}
}

// tick sends keep-alives to the neighbours that wait for this rank, and fails the operation
// when one that this rank waits for has been silent too long.
func (o *operation[E]) tick(ctx context.Context, now time.Time) error {
	limit := o.options.ProgressTimeout
	if now.Sub(o.lastTick) > limit/2 {
		o.silentAt = now // this rank itself was stopped for a while; others get a full deadline anew
	}
	first := o.lastTick.Equal(o.began)
	o.lastTick = now
	for side, peer := range o.peers {
		side := Side(side)
		if !o.needs(side) {
			continue
		}
		begun := peer.op >= o.op
		silent := now.Sub(later(peer.heard, o.silentAt))
		switch {
		case peer.sendErr != nil:
			return o.unsent(side)
		case begun && silent > limit:
			return o.peerFault(side, fmt.Errorf("%w: no message for %v", ErrPeerSilent, silent.Round(time.Millisecond)))
		case !begun && now.Sub(o.began) > o.options.StartTimeout:
			return o.peerFault(side, fmt.Errorf("%w: no message of this operation within %v", ErrPeerNotStarted, o.options.StartTimeout))
		case now.Sub(o.moved) > o.options.StartTimeout+2*limit:
			// The neighbours of a rank that has not begun say so earlier; this is the last resort.
			return o.peerFault(side, fmt.Errorf("%w: nothing moved for %v", ErrStalled, now.Sub(o.moved).Round(time.Millisecond)))
		}
		// One keep-alive to both neighbours shows that this rank has begun; more would
		// pile up at a neighbour that has not and is not reading.
		if !first && !begun {
			continue
		}
		if side == Left {
			o.sendCredit(ctx, 0) // which answers no chunk
		} else {
			o.sendSmall(ctx, Right, header{Kind: kindAlive, Seq: o.window.Sent()}, nil)
		}
	}
	return nil
}

// placeOf says what this rank waits for on that side.
func (o *operation[E]) placeOf(side Side) (phase Phase, segment, chunk int) {
	at := o.Expecting
	if side == Right {
		at = o.Sending
	}
	c := at()
	return c.Phase, c.Segment, c.Index
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
