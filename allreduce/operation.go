package allreduce

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// operation is one all-reduce on one rank: an event loop that sends what may be
// sent, consumes what has come, and waits for the next message. One goroutine does
// all of it, so x needs no locks.
type operation[E element] struct {
	*Ring
	x    []E
	wire wire[E]
	plan plan

	sending   position // the next chunk to send
	expecting position // the next chunk to come in

	began    time.Time
	lastTick time.Time
	silentAt time.Time // silence before this moment is not held against a neighbour
}

func newOperation[E element](r *Ring, x []E, w wire[E]) *operation[E] {
	now := time.Now()
	o := &operation[E]{
		Ring: r, x: x, wire: w,
		plan: plan{
			rank: r.options.Rank, world: r.options.World,
			total: len(x), perChunk: perChunk(r.options.ChunkBytes, w.Width()),
		},
		began: now, lastTick: now, silentAt: now,
	}
	o.sending = o.plan.skipEmpty(position{}, o.plan.sendSegment)
	o.expecting = o.plan.skipEmpty(position{}, o.plan.receiveSegment)
	r.place = o.placeOf
	r.moved = now
	return o
}

// perChunk is how many elements fit in a message: a multiple of 16 where there is
// room for that, so that chunks begin at even addresses.
func perChunk(chunkBytes, width int) int {
	n := (chunkBytes - headerBytes) / width
	if n > 16 {
		n -= n % 16
	}
	return n
}

func (o *operation[E]) sentAll() bool     { return o.sending.step == o.plan.steps() }
func (o *operation[E]) receivedAll() bool { return o.expecting.step == o.plan.steps() }

// needs says whether the operation still waits for something from that side:
// chunks from the left, room for chunks at the right.
func (o *operation[E]) needs(side Side) bool {
	if side == Left {
		return !o.receivedAll()
	}
	return !o.sentAll()
}

// run carries out the operation.
func (o *operation[E]) run(ctx context.Context) error {
	ticker := time.NewTicker(o.options.ProgressTimeout / 8)
	defer ticker.Stop()
	for {
		o.sendReady(ctx)
		for len(o.queue) > 0 && !o.receivedAll() {
			if err := o.consume(ctx); err != nil {
				return err
			}
			o.sendReady(ctx)
		}
		if o.sentAll() && o.receivedAll() {
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
	for !o.sentAll() && o.plan.ready(o.sending, o.expecting) &&
		o.sent-o.acked < uint64(o.options.Window) && o.peers[Right].sendErr == nil {
		at := o.sending
		segment := o.plan.sendSegment(at.step)
		lo, hi := o.plan.chunkBounds(segment, at.chunk)
		bytes := (hi - lo) * o.wire.Width()
		o.wire.Encode(o.frame[headerBytes:headerBytes+bytes], o.x[lo:hi])
		o.sent++
		o.send(ctx, Right, header{
			Kind: kindData, Wire: o.wire.ID(), Phase: o.plan.phase(at.step), Seq: o.sent,
			Total: uint64(len(o.x)), Segment: uint32(segment), Chunk: uint32(at.chunk), Count: uint32(hi - lo),
		}, bytes)
		at.chunk++
		o.sending = o.plan.skipEmpty(at, o.plan.sendSegment)
	}
}

// consume takes the oldest queued chunk, checks that it is the one expected, and
// adds it or copies it.
func (o *operation[E]) consume(ctx context.Context) error {
	c := o.queue[0]
	at := o.expecting
	segment := o.plan.receiveSegment(at.step)
	lo, hi := o.plan.chunkBounds(segment, at.chunk)
	want := header{
		Kind: kindData, Wire: o.wire.ID(), Phase: o.plan.phase(at.step),
		Run: c.Run, Generation: c.Generation, Op: o.op, Seq: c.Seq, From: c.From, World: c.World,
		Total: uint64(len(o.x)), Segment: uint32(segment), Chunk: uint32(at.chunk), Count: uint32(hi - lo),
	}
	switch {
	case c.Op == o.op && (c.Wire != want.Wire || c.Total != want.Total):
		return o.blame(Left, fmt.Errorf("%w: its vector has %d elements of type %d, this rank's %d of type %d",
			ErrMismatch, c.Total, c.Wire, want.Total, want.Wire))
	case c.header != want || len(c.payload) != (hi-lo)*o.wire.Width():
		return o.blame(Left, fmt.Errorf("%w: chunk %d of segment %d of operation %d (%v, %d elements in %d bytes) came",
			ErrUnexpected, c.Chunk, c.Segment, c.Op, c.Phase, c.Count, len(c.payload)))
	}
	if want.Phase == ReduceScatter {
		o.wire.Add(o.x[lo:hi], c.payload)
	} else {
		o.wire.Copy(o.x[lo:hi], c.payload)
	}
	o.queue[0] = chunk{}
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = o.queueSpace[:0]
	}
	o.consumed++
	o.moved = time.Now()
	at.chunk++
	o.expecting = o.plan.skipEmpty(at, o.plan.receiveSegment)
	o.grant(ctx)
	return nil
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
			o.sendSmall(ctx, Right, header{Kind: kindAlive, Seq: o.sent}, nil)
		}
	}
	return nil
}

// placeOf says what this rank waits for on that side.
func (o *operation[E]) placeOf(side Side) (phase Phase, segment, chunk int) {
	at, segmentAt := o.expecting, o.plan.receiveSegment
	if side == Right {
		at, segmentAt = o.sending, o.plan.sendSegment
	}
	return o.plan.phase(at.step), segmentAt(at.step), at.chunk
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
