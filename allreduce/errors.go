package allreduce

import (
	"errors"
	"fmt"
)

// Errors of a ring. Those about a neighbour arrive inside a *PeerError.
var (
	// ErrPeerSilent: the rank had begun the operation and then said nothing for ProgressTimeout.
	ErrPeerSilent = errors.New("peer went silent")
	// ErrPeerNotStarted: the rank did not begin the operation (or the ring) within StartTimeout.
	ErrPeerNotStarted = errors.New("peer did not start in time")
	// ErrPeerGone: the link to the rank reported its own end.
	ErrPeerGone = errors.New("connection to peer is lost")
	// ErrPeerClosed: the rank closed its ring while it was still needed.
	ErrPeerClosed = errors.New("peer closed the ring")
	// ErrPeerAborted: the rank left the operation for a reason of its own, such as its caller's ctx.
	ErrPeerAborted = errors.New("peer abandoned the operation")
	// ErrStalled: all neighbours are alive but nothing has moved for far longer than StartTimeout.
	ErrStalled = errors.New("the ring is stalled")

	// ErrCorrupt: a message is not one of ours, or its checksum or a bound does not hold.
	ErrCorrupt = errors.New("corrupt message")
	// ErrForged: a message was sealed with another key than the generation's, or damaged.
	ErrForged = errors.New("its keyed checksum is wrong")
	// ErrMissing: a message was lost; a later one arrived.
	ErrMissing = errors.New("message lost on the way")
	// ErrUnexpected: a well-formed message that cannot come at this point.
	ErrUnexpected = errors.New("unexpected message")
	// ErrMismatch: the ranks disagree about the ring or the vector (world, length, element type, options).
	ErrMismatch = errors.New("ranks disagree")

	// ErrLinkLost: the transport lost its own connection, which is no neighbour's fault as far as it can tell.
	ErrLinkLost = errors.New("connection to the message server is lost")
	// ErrProtocol: a server on a link does not speak NATS, or refused this rank.
	ErrProtocol = errors.New("NATS protocol error")
	// ErrBroken: an earlier operation failed; open a new ring with a higher generation.
	ErrBroken = errors.New("ring is broken by an earlier error")
	// ErrClosed: the ring was closed by this rank.
	ErrClosed = errors.New("ring is closed")
	// ErrBusy: AllReduce was called while another call on the same ring was running.
	ErrBusy = errors.New("another all-reduce is running on this ring")
	// ErrListen: an endpoint cannot listen at its address.
	ErrListen = errors.New("the ring's server cannot listen")
	// ErrOtherServer: another server than the expected endpoint answers at an address.
	ErrOtherServer = errors.New("another server answers")
	// ErrOptions: Options are not usable.
	ErrOptions = errors.New("invalid ring options")
)

// PeerError says which rank made an operation fail, and what this rank was
// waiting for. errors.Is finds Cause (ErrPeerSilent, ErrMissing, …).
type PeerError struct {
	// Rank at fault. It can be far away in the ring, when a neighbour passed its
	// number on, and it can be this rank itself, when a neighbour gave it up.
	Rank int
	// Op is the operation's number on this ring, from 1; 0 while the ring was being opened.
	Op uint64
	// Phase, Segment and Chunk are what this rank was waiting for: a chunk from its
	// left neighbour, or room at its right one to send that chunk. Phase is 0 outside an operation.
	Phase          Phase
	Segment, Chunk int
	// Cause wraps one of the package's errors.
	Cause error
}

// Error implements error.
func (e *PeerError) Error() string {
	if e.Phase == 0 {
		return fmt.Sprintf("all-reduce ring: rank %d: %v", e.Rank, e.Cause)
	}
	return fmt.Sprintf("all-reduce %d: rank %d: %v (at chunk %d of segment %d, %v)",
		e.Op, e.Rank, e.Cause, e.Chunk, e.Segment, e.Phase)
}

// Unwrap returns Cause.
func (e *PeerError) Unwrap() error { return e.Cause }
