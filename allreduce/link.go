package allreduce

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// neighbour is the state of the link to one of the two neighbours.
type neighbour struct {
	rank  int
	op    uint64    // the newest operation it is known to have begun
	heard time.Time // when its last message was read

	greeted   bool // its hello has come
	confirmed bool // it said that ours has come

	// down is why nothing more will come from it; nil while it may be waited for.
	// It matters only when it is waited for: a neighbour may leave when its part is done.
	down *PeerError
	// sendErr is why sending to it failed. What it sent before that is still worth
	// reading (it may name the rank at fault), so it counts at the next tick.
	sendErr error
}

// chunk is a data message that has arrived in sequence and waits to be consumed.
type chunk struct {
	header
	packet Packet
}

// send completes a message whose payload is in place and whose checksum is h.Sum, and
// hands it to the transport. Failure is noted at the neighbour.
func (r *Ring) send(ctx context.Context, to Side, h header, m *Message) {
	if r.peers[to].sendErr != nil {
		return
	}
	h.Run, h.Generation, h.Op = r.run, r.options.Generation, r.op
	h.From, h.World = uint32(r.options.Rank), uint32(r.options.World)
	h.seal(m.Frame(), &r.options.Key)
	if err := r.transport.Send(ctx, to, m); err != nil {
		r.peers[to].sendErr = err
		return
	}
	r.stats.sent.Add(uint64(len(m.Frame())))
}

// unsent is the error of a side to which sending failed: the neighbour's where the transport
// says that it is the reason, else this rank's own link's.
func (r *Ring) unsent(side Side) error {
	cause := r.peers[side].sendErr
	if errors.As(cause, new(*LinkError)) {
		return r.peerFault(side, fmt.Errorf("%w: %w", ErrPeerGone, cause))
	}
	return fmt.Errorf("send to the %v: %w: %w", side, ErrLinkLost, cause)
}

// sendSmall sends a message whose payload is short and given.
func (r *Ring) sendSmall(ctx context.Context, to Side, h header, payload []byte) {
	copy(r.out.resize(headerBytes + len(payload))[headerBytes:], payload)
	h.Sum = checksum64(payload)
	r.send(ctx, to, h, r.out)
}

// receive waits for one message until a moment, and takes the message in. It returns
// ErrTick, or an error that ends the operation.
func (r *Ring) receive(ctx context.Context, until time.Time, place Placement) error {
	before := time.Now()
	packet, err := r.transport.Receive(ctx, until, place)
	now := time.Now()
	r.stats.waited.Add(int64(now.Sub(before)))
	if r.awaited != nil {
		r.stats.waitedFor[r.awaited()].Add(int64(now.Sub(before)))
	}
	var link *LinkError
	switch {
	case err == nil:
		return r.handle(ctx, packet, now)
	case errors.As(err, &link):
		peer := r.peers[link.Side]
		if peer.down == nil {
			peer.down = &PeerError{Rank: peer.rank, Cause: fmt.Errorf("%w: %w", ErrPeerGone, link.Err)}
		}
		return nil
	}
	return err
}

// handle checks a message against what can come on this link and does what it says.
// A data message only joins the queue.
func (r *Ring) handle(ctx context.Context, packet Packet, now time.Time) error {
	r.stats.received.Add(uint64(len(packet.Head) + len(packet.Payload)))
	side := packet.From
	peer := r.peers[side]
	h, err := parseHeader(packet.Head, &r.options.Key)
	if err != nil {
		r.refuse(packet, h, err)
		return nil
	}
	if size := len(packet.Head) + len(packet.Payload); size > r.options.ChunkBytes {
		return r.peerFault(side, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrCorrupt, size, r.options.ChunkBytes))
	}
	switch {
	case h.Run != r.run:
		return r.peerFault(side, fmt.Errorf("%w: it belongs to another run", ErrUnexpected))
	case h.Generation < r.options.Generation:
		r.stats.ignored.Add(1)
		return nil
	case h.Generation > r.options.Generation:
		return r.peerFault(side, fmt.Errorf("%w: message of generation %d, this ring is of generation %d", ErrMismatch, h.Generation, r.options.Generation))
	case int(h.From) != peer.rank:
		return r.peerFault(side, fmt.Errorf("%w: it says it is from rank %d", ErrUnexpected, h.From))
	case int(h.World) != r.options.World:
		return r.peerFault(side, fmt.Errorf("%w: its ring has %d ranks, this one %d", ErrMismatch, h.World, r.options.World))
	case h.Op > r.op+1:
		// No rank can finish an operation before all have begun it.
		return r.peerFault(side, fmt.Errorf("%w: it is of operation %d, this rank is at %d", ErrUnexpected, h.Op, r.op))
	}
	peer.heard = now
	peer.op = max(peer.op, h.Op)
	if h.Kind == kindData && side == Left {
		return r.handleData(h, packet)
	}
	defer packet.Release()
	payload := packet.Payload
	if err := checkSum(h, checksum64(payload)); err != nil {
		return r.peerFault(side, err)
	}
	switch {
	case h.Kind == kindHello:
		return r.handleHello(ctx, side, h, payload)
	case h.Kind == kindAbort:
		return r.handleAbort(side, h, payload)
	case h.Kind == kindBye:
		peer.down = &PeerError{Rank: peer.rank, Cause: ErrPeerClosed}
		return nil
	case h.Kind == kindAlive && side == Left:
		if h.Seq > r.arrived {
			return r.peerFault(Left, fmt.Errorf("%w: it has sent %d chunks on this link, %d arrived", ErrMissing, h.Seq, r.arrived))
		}
		return nil
	case h.Kind == kindCredit && side == Right:
		return r.handleCredit(h, payload, packet.cameBy(now), now)
	}
	return r.peerFault(side, fmt.Errorf("%w: kind %d from the %v", ErrUnexpected, h.Kind, side))
}

// refuse passes over a message that no rank of this generation can have sent: anybody may have
// put it there, and it must not break the ring. One that a rank did send, and that was damaged on
// the way, is missing then, which the link's sequence numbers show.
func (r *Ring) refuse(packet Packet, h header, why error) {
	packet.Release()
	if errors.Is(why, ErrForged) && h.Run == r.run && h.Generation < r.options.Generation {
		r.stats.ignored.Add(1) // a late one of an older ring, which had another key
		return
	}
	r.stats.refused.Add(1)
	if r.options.Refused != nil {
		r.options.Refused(why)
	}
}

// handleData queues a chunk if it is the next in sequence.
func (r *Ring) handleData(h header, packet Packet) error {
	switch next := r.arrived + 1; {
	case h.Seq < next: // a repetition of what was queued before
		r.stats.ignored.Add(1)
		packet.Release()
		return nil
	case h.Seq > next:
		return r.peerFault(Left, fmt.Errorf("%w: chunk number %d of this link arrived, but number %d did not", ErrMissing, h.Seq, next))
	case !r.window.Granted(h.Seq):
		return r.peerFault(Left, fmt.Errorf("%w: chunk number %d of this link arrived, beyond the window of %d", ErrUnexpected, h.Seq, r.options.Window))
	}
	r.arrived = h.Seq
	r.queue = append(r.queue, chunk{h, packet})
	return nil
}

// abortReasons are the causes that travel in an abort message, by their code: the
// index. The codes are part of the message format.
var abortReasons = []error{
	0: ErrPeerAborted, 1: ErrPeerSilent, 2: ErrPeerNotStarted, 3: ErrPeerGone, 4: ErrPeerClosed,
	5: ErrStalled, 6: ErrCorrupt, 7: ErrMissing, 8: ErrUnexpected, 9: ErrMismatch,
}

const abortBytes = 5 // rank at fault, reason code

// sendAborts tells both neighbours that this rank's operation failed, and which
// rank is at fault: the one a *PeerError names, or this one. Without the message they would
// notice the failure by themselves, later, so its own failure changes nothing.
func (r *Ring) sendAborts(ctx context.Context, cause error) {
	rank, reason := r.options.Rank, 0
	var peer *PeerError
	if errors.As(cause, &peer) {
		rank = peer.Rank
		for code, err := range abortReasons {
			if errors.Is(peer.Cause, err) {
				reason = code
				break
			}
		}
	}
	var payload [abortBytes]byte
	binary.LittleEndian.PutUint32(payload[:], uint32(rank))
	payload[4] = byte(reason)
	for _, side := range []Side{Left, Right} {
		r.sendSmall(context.WithoutCancel(ctx), side, header{Kind: kindAbort}, payload[:])
	}
}

// handleAbort reads whose fault a neighbour's failure was. A failure in the next
// operation does not concern this one unless the neighbour is still needed for it.
func (r *Ring) handleAbort(side Side, h header, payload []byte) error {
	if len(payload) != abortBytes {
		return r.peerFault(side, fmt.Errorf("%w: abort of %d bytes", ErrCorrupt, len(payload)))
	}
	rank, reason := binary.LittleEndian.Uint32(payload), int(payload[4])
	if int(rank) >= r.options.World || reason >= len(abortReasons) {
		return r.peerFault(side, fmt.Errorf("%w: abort names rank %d, reason %d", ErrCorrupt, rank, reason))
	}
	peer := r.peers[side]
	failure := &PeerError{Rank: int(rank), Cause: abortReasons[reason]}
	if failure.Rank != peer.rank {
		failure.Cause = fmt.Errorf("%w, says rank %d", failure.Cause, peer.rank)
	}
	if h.Op > r.op {
		peer.down = failure
		return nil
	}
	return r.withPosition(side, failure)
}

// peerFault is the error of an operation that the neighbour on that side made fail.
func (r *Ring) peerFault(side Side, cause error) error {
	return r.withPosition(side, &PeerError{Rank: r.peers[side].rank, Cause: cause})
}

// withPosition adds where this rank was when e happened.
func (r *Ring) withPosition(side Side, e *PeerError) error {
	placed := *e
	placed.Op = r.op
	if r.where != nil {
		placed.Phase, placed.Segment, placed.Chunk = r.where(side)
	}
	return &placed
}
