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

// Packet is one message and the side it came from. Its frame is the receiver's until
// Release.
type Packet struct {
	From   Side
	Frame  []byte
	buffer *buffer // what the frame lies in, where a transport pools that
}

// Release lets the transport use the frame's memory again. It may be left out, which
// costs memory only.
func (p *Packet) Release() {
	if p.buffer != nil {
		p.buffer.home.put(p.buffer)
		p.buffer, p.Frame = nil, nil
	}
}

// ErrTick is what Receive returns when the tick came first.
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
	// them; or ErrTick when something comes on tick; or context.Cause(ctx) when ctx
	// ends; or, once for each side and only after everything that came before it has
	// been received, a *LinkError when that link has ended; or another error when the
	// transport itself has failed. The frame is read-only.
	Receive(ctx context.Context, tick <-chan time.Time) (Packet, error)

	// Close releases what the transport holds and waits for its goroutines. Messages
	// sent before are still delivered, as far as the network can. It may be called
	// twice.
	Close() error
}

// Message is an outgoing frame in a buffer with room around it, so that a transport can
// put its own protocol beside the frame without moving it: one contiguous write.
type Message struct {
	space  []byte
	length int
}

// What a transport may put before and after a frame. The room before is such that the
// payload begins at a multiple of 64 bytes from the buffer's start.
const (
	Headroom = 256 - headerBytes
	Tailroom = 8
)

// NewMessage makes an empty message for frames of up to maxBytes.
func NewMessage(maxBytes int) *Message {
	return &Message{space: make([]byte, Headroom+maxBytes+Tailroom)}
}

// Frame is the message itself.
func (m *Message) Frame() []byte { return m.space[Headroom : Headroom+m.length] }

// resize sets the frame's length and returns it; what it held stays.
func (m *Message) resize(length int) []byte {
	m.length = length
	return m.Frame()
}

// Set makes the message a copy of frame.
func (m *Message) Set(frame []byte) { copy(m.resize(len(frame)), frame) }

// Enclosed is the frame with what a transport wants before and after it, at most
// Headroom and Tailroom bytes, in one piece. It is valid until the message changes.
func (m *Message) Enclosed(before, after []byte) []byte {
	start, end := Headroom-len(before), Headroom+m.length
	copy(m.space[start:], before)
	copy(m.space[end:], after)
	return m.space[start : end+len(after)]
}
