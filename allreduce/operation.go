package allreduce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/allreduce/schedule"
)

// operation is one all-reduce on one rank: an event loop that sends what may be
// sent, consumes what has come, and waits for the next message. One goroutine does
// all of it, so x needs no locks.
type operation[E element] struct {
	*Ring
	request[E]
	*schedule.Walk

	began    time.Time
	lastTick time.Time
	silentAt time.Time // silence before this moment is not held against a neighbour
}

func newOperation[E element](r *Ring, rq request[E]) *operation[E] {
	now := time.Now()
	o := &operation[E]{
		Ring: r, request: rq,
		Walk: schedule.NewWalk(schedule.Plan{
			Rank: r.options.Rank, World: r.options.World,
			Total: len(rq.x), PerChunk: schedule.PerChunk(r.options.ChunkBytes-headerBytes, rq.wire.Width()), Bounds: rq.bounds,
		}),
		began: now, lastTick: now, silentAt: now,
	}
	r.place = o.placeOf
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

// run carries out the operation.
func (o *operation[E]) run(ctx context.Context) error {
	ticker := time.NewTicker(o.options.ProgressTimeout / 8)
	defer ticker.Stop()
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
				return o.placed(Side(side), peer.down)
			}
		}
		err := o.receive(ctx, ticker.C)
		if errors.Is(err, ErrTick) {
			err = o.tick(ctx, time.Now())
		}
		if err != nil {
			return err
		}
	}
}

// sendReady sends all chunks that are ready and for which there is credit.
func (o *operation[E]) sendReady(ctx context.Context) {
	for o.Ready() && o.window.Open() && o.peers[Right].sendErr == nil {
		c := o.Sending()
		bytes := (c.Hi - c.Lo) * o.wire.Width()
		frame := o.out.resize(headerBytes + bytes)
		if c.Step == 0 {
			o.addResidual(c)
		}
		o.wire.Encode(frame[headerBytes:], o.x[c.Lo:c.Hi], o.residualOf(c))
		o.send(ctx, Right, header{
			Kind: kindData, Wire: o.wire.ID(), Phase: c.Phase, Seq: o.window.SentOne(),
			Total: uint64(len(o.x)), Segment: uint32(c.Segment), Chunk: uint32(c.Index), Count: uint32(c.Hi - c.Lo),
		}, bytes)
		o.Walk.Sent()
	}
}

// consume takes the oldest queued chunk, checks that it is the one expected, and
// adds it or copies it.
func (o *operation[E]) consume(ctx context.Context) error {
	got := &o.queue[0]
	c := o.Expecting()
	want := header{
		Kind: kindData, Wire: o.wire.ID(), Phase: c.Phase,
		Run: got.Run, Generation: got.Generation, Op: o.op, Seq: got.Seq, From: got.From, World: got.World,
		Total: uint64(len(o.x)), Segment: uint32(c.Segment), Chunk: uint32(c.Index), Count: uint32(c.Hi - c.Lo),
	}
	switch {
	case got.Op == o.op && (got.Wire != want.Wire || got.Total != want.Total):
		return o.blame(Left, fmt.Errorf("%w: its vector has %d elements of type %d, this rank's %d of type %d",
			ErrMismatch, got.Total, got.Wire, want.Total, want.Wire))
	case got.header != want || len(got.payload) != (c.Hi-c.Lo)*o.wire.Width():
		return o.blame(Left, fmt.Errorf("%w: chunk %d of segment %d of operation %d (%v, %d elements in %d bytes) came",
			ErrUnexpected, got.Chunk, got.Segment, got.Op, got.Phase, got.Count, len(got.payload)))
	}
	if c.Phase == ReduceScatter {
		o.addResidual(c)
		o.wire.Add(o.x[c.Lo:c.Hi], got.payload)
	} else {
		o.wire.Copy(o.x[c.Lo:c.Hi], got.payload)
	}
	got.packet.Release()
	o.queue[0] = chunk{}
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = o.queueSpace[:0]
	}
	o.moved = time.Now()
	o.Walk.Received()
	if o.window.ConsumedOne() {
		o.sendCredit(ctx)
	}
	return nil
}

// addResidual adds what rounding took from this rank's values in earlier operations. It
// is called once for each chunk, when the rank's own values first come into play.
func (o *operation[E]) addResidual(c schedule.Chunk) {
	if o.residual != nil {
		addInto(o.x[c.Lo:c.Hi], o.residual[c.Lo:c.Hi])
	}
}

// residualOf is where the wire format leaves what it rounds away. It is nil where nobody
// asks, and for values that come rounded and are only passed on: a rank rounds each
// element once, when it sends its own or a partial sum (N−1 segments), or a finished one
// (the last).
func (o *operation[E]) residualOf(c schedule.Chunk) []E {
	if o.residual == nil || c.Step >= o.World {
		return nil
	}
	return o.residual[c.Lo:c.Hi]
}

// tick gives signs of life to the neighbours that wait for this rank, and ends the
// operation when one that this rank waits for has been silent too long.
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
		case peer.sendErr != nil && errors.As(peer.sendErr, new(*LinkError)):
			return o.blame(side, fmt.Errorf("%w: %w", ErrPeerGone, peer.sendErr))
		case peer.sendErr != nil:
			return fmt.Errorf("send to the %v: %w: %w", side, ErrLinkLost, peer.sendErr)
		case begun && silent > limit:
			return o.blame(side, fmt.Errorf("%w: no message for %v", ErrPeerSilent, silent.Round(time.Millisecond)))
		case !begun && now.Sub(o.began) > o.options.StartTimeout:
			return o.blame(side, fmt.Errorf("%w: no message of this operation within %v", ErrPeerNotStarted, o.options.StartTimeout))
		case now.Sub(o.moved) > o.options.StartTimeout+2*limit:
			// The neighbours of a rank that has not begun say so earlier; this is the last resort.
			return o.blame(side, fmt.Errorf("%w: nothing moved for %v", ErrStalled, now.Sub(o.moved).Round(time.Millisecond)))
		}
		// One sign of life to everybody shows that this rank has begun; more would
		// pile up at a neighbour that has not and is not reading.
		if !first && !begun {
			continue
		}
		if side == Left {
			o.sendCredit(ctx)
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
