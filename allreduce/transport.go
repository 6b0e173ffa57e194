package allreduce

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Side is a direction on the ring as one rank sees it.
type Side int

// The sides.
const (
	Left  Side = iota // the neighbour that data comes from and credits go to
	Right             // the neighbour that data goes to and credits come from
)

// String names the side.
func (s Side) String() string {
	if s == Left {
		return "left"
	}
	return "right"
}

// ErrTick is what Receive returns when its time was up.
var ErrTick = errors.New("tick")

// LinkError is a transport's report that the link to one neighbour has ended.
type LinkError struct {
	Side Side
	Err  error
}

// Error implements error.
func (e *LinkError) Error() string { return fmt.Sprintf("link to the %v: %v", e.Side, e.Err) }

// Unwrap returns Err.
func (e *LinkError) Unwrap() error { return e.Err }

// Transport carries messages between a rank and its two neighbours. A ring uses
// its transport from one goroutine at a time, Close excepted.
//
// It may lose, repeat, reorder, delay or damage messages without making a sum
// wrong; the ring then fails. It should not, since the ring never resends a chunk.
type Transport interface {
	// Send passes a message to the neighbour on that side. The message is the caller's
	// again when it returns. It does not wait until the neighbour reads: a transport
	// holds Window data messages and some hundred small ones for a reader that is busy
	// elsewhere. An error means that this message, and so the link, is lost: a
	// *LinkError when that neighbour is the reason.
	Send(ctx context.Context, to Side, m *Message) error

	// Receive returns the next message from either side, in the order each side sent
	// them; or ErrTick when it is later than until; or context.Cause(ctx) when ctx
	// ends; or, once for each side and only after everything that came before it has
	// been received, a *LinkError when that link has ended; or another error when the
	// transport itself has failed. A transport may, but need not, ask place (which may be
	// nil) where to put a payload.
	Receive(ctx context.Context, until time.Time, place Placement) (Packet, error)

	// Close releases what the transport holds and waits for its goroutines. Messages
	// sent before are still delivered, as far as the network can. It may be called
	// twice.
	Close() error
}
