package allreduce

import (
	"context"
	"fmt"
	"time"

	"ringmaster/allreduce/schedule"
)

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
	if c.Step != o.Steps()-1 || payloadBytes != o.wire.Packing().Bytes(c.Hi-c.Lo) {
		return nil
	}
	h, err := parseHeader(head, &o.options.Key)
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
		return o.peerFault(Left, fmt.Errorf("%w: its vector has %d elements of type %d, this rank's %d of type %d",
			ErrMismatch, got.Total, got.Wire, want.Total, want.Wire))
	case !got.matches(want):
		return o.peerFault(Left, fmt.Errorf("%w: chunk %d of segment %d of operation %d (%v, %d elements) arrived",
			ErrUnexpected, got.Chunk, got.Segment, got.Op, got.Phase, got.Count))
	case len(payload) != o.wire.Packing().Bytes(c.Hi-c.Lo):
		return o.peerFault(Left, fmt.Errorf("%w: %d elements in %d bytes", ErrCorrupt, got.Count, len(payload)))
	}
	x := o.x[c.Lo:c.Hi]
	o.Progress.Received()
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
		return o.peerFault(Left, err)
	}
	if onward {
		o.held = append(o.held, heldChunk{next, got.packet.message, sumOnward})
		got.packet.message = nil // its buffer is released when it is sent
	}
	o.moved = time.Now()
	if o.window.ConsumedOne() || o.unreportedWait() >= reportWaitAfter {
		o.credit(ctx)
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
