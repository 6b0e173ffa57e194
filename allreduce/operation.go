package allreduce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ringmaster/allreduce/schedule"
)

// operation is one all-reduce on one rank: an event loop that sends what may be
// sent, consumes what has come, and waits for the next message. One goroutine does
// all of it, so x needs no locks.
//
// A chunk that is passed on leaves in the buffer it came in. What it becomes is written to
// x as well, which costs little while it is in the cache, and lets it be sent from x where
// no buffer can be kept.
type operation[E element] struct {
	*Ring
	request[E]
	*schedule.Walk

	held []heldChunk // came in, and wait for their turn to be sent on

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
			Lag: schedule.Lag(r.options.Window, r.options.World),
		}),
		began: now, lastTick: now, silentAt: now,
	}
	r.where = o.placeOf
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
				return o.placed(Side(side), peer.down)
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

// heldChunk is a chunk that can be sent on in the buffer it came in.
type heldChunk struct {
	chunk   schedule.Chunk // as which it is to be sent
	message *Message
	sum     uint64
}

// sendReady sends all chunks that are ready and for which there is credit.
func (o *operation[E]) sendReady(ctx context.Context) {
	for o.maySend() {
		c := o.Sending()
		if c.Step > 0 && len(o.held) > 0 {
			if i := slices.IndexFunc(o.held, func(h heldChunk) bool { return h.chunk == c }); i >= 0 {
				h := o.held[i]
				o.held = slices.Delete(o.held, i, i+1)
				o.sendChunk(ctx, c, h.sum, h.message)
				h.message.release()
				continue
			}
		}
		frame := o.out.resize(headerBytes + (c.Hi-c.Lo)*o.wire.Width())
		if c.Step == 0 {
			o.addResidual(c)
		}
		sum := o.wire.Encode(frame[headerBytes:], o.x[c.Lo:c.Hi], o.residualOf(c))
		o.sendChunk(ctx, c, sum, o.out)
	}
}

func (o *operation[E]) maySend() bool {
	return o.Ready() && o.window.Open() && o.peers[Right].sendErr == nil
}

// dataHeader is what both ends of a link know of a chunk.
func (o *operation[E]) dataHeader(c schedule.Chunk) header {
	return header{
		Kind: kindData, Wire: o.wire.ID(), Phase: c.Phase,
		Total: uint64(len(o.x)), Segment: uint32(c.Segment), Chunk: uint32(c.Index), Count: uint32(c.Hi - c.Lo),
	}
}

// sendChunk sends the next chunk, whose payload is in m.
func (o *operation[E]) sendChunk(ctx context.Context, c schedule.Chunk, sum uint64, m *Message) {
	h := o.dataHeader(c)
	h.Seq, h.Sum = o.window.SentOne(), sum
	o.send(ctx, Right, h, m)
	o.Walk.Sent()
}

// expected is the header that the next chunk of this operation has, but for what only
// its sender knows.
func (o *operation[E]) expected(c schedule.Chunk) header {
	h := o.dataHeader(c)
	h.Run, h.Generation, h.Op = o.Ring.run, o.options.Generation, o.op
	h.From, h.World = uint32(o.options.left()), uint32(o.options.World)
	return h
}

// matches says whether h is the header that was expected.
func (h header) matches(expected header) bool {
	h.Seq, h.Sum, h.Flags = 0, 0, 0
	return h == expected
}

// place lets the last chunks be read straight into x: finished values that nobody needs
// sent on. If such a message turns out bad, x is spoilt, and the operation fails.
func (o *operation[E]) place(head []byte, payloadBytes int) []byte {
	if len(o.queue) > 0 || o.ReceivedAll() {
		return nil
	}
	c := o.Expecting()
	if c.Step != o.Steps()-1 || payloadBytes != (c.Hi-c.Lo)*o.wire.Width() {
		return nil
	}
	h, err := parseHeader(head)
	if err != nil || h.Seq != o.arrived+1 || !h.matches(o.expected(c)) {
		return nil
	}
	return o.wire.Memory(o.x[c.Lo:c.Hi])
}

// consume takes the oldest queued chunk, checks that it is the one expected, adds it or
// copies it, and keeps the buffer it came in for its turn to be sent on.
func (o *operation[E]) consume(ctx context.Context) error {
	got := o.queue[0]
	o.queue[0] = chunk{}
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = o.queueSpace[:0]
	}
	defer func() { got.packet.Release() }()
	c, payload := o.Expecting(), got.packet.Payload
	switch want := o.expected(c); {
	case got.Op == o.op && (got.Wire != want.Wire || got.Total != want.Total):
		return o.blame(Left, fmt.Errorf("%w: its vector has %d elements of type %d, this rank's %d of type %d",
			ErrMismatch, got.Total, got.Wire, want.Total, want.Wire))
	case !got.matches(want):
		return o.blame(Left, fmt.Errorf("%w: chunk %d of segment %d of operation %d (%v, %d elements) came",
			ErrUnexpected, got.Chunk, got.Segment, got.Op, got.Phase, got.Count))
	case len(payload) != (c.Hi-c.Lo)*o.wire.Width():
		return o.blame(Left, fmt.Errorf("%w: %d elements in %d bytes", ErrCorrupt, got.Count, len(payload)))
	}
	x := o.x[c.Lo:c.Hi]
	o.Walk.Received()
	next, onward := o.onward(c, got.packet)
	var sum, sumOnward uint64
	switch {
	case c.Phase == ReduceScatter && onward:
		o.addResidual(c)
		sum, sumOnward = o.wire.AddEncode(x, payload, o.residualOf(next))
	case c.Phase == ReduceScatter:
		o.addResidual(c)
		sum = o.wire.Add(x, payload)
	case got.packet.message == nil: // it was read into x
		sum = checksum64(payload)
	default:
		sum = o.wire.Copy(x, payload)
		sumOnward = sum
	}
	if err := checkSum(got.header, sum); err != nil {
		return o.blame(Left, err)
	}
	if onward {
		o.held = append(o.held, heldChunk{next, got.packet.message, sumOnward})
		got.packet.message = nil // its buffer is released when it is sent
	}
	o.moved = time.Now()
	if o.window.ConsumedOne() {
		o.sendCredit(ctx)
	}
	return nil
}

// onward says whether a chunk that has come in is to be sent on in the buffer it came in,
// and as which chunk of the next step. At most a window of them is kept.
func (o *operation[E]) onward(c schedule.Chunk, p Packet) (next schedule.Chunk, ok bool) {
	if p.message == nil || c.Step == o.Steps()-1 || len(o.held) >= o.options.Window {
		return next, false
	}
	next = c
	next.Step++
	next.Phase = o.Phase(next.Step)
	return next, true
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
