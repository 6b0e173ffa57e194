package allreduce

import (
	"sync"
	"time"
)

// Message is a frame in a buffer with room around it, so that a transport can put its own
// protocol beside the frame without moving it, and so that a rank can send on what it
// received: one contiguous write each time.
type Message struct {
	space         []byte
	start, length int
	home          *pool // where the buffer goes when nobody needs it; nil where it is not pooled
}

// What a transport may put before and after a frame. The room before is such that the
// payload begins at a multiple of 64 bytes from the buffer's start.
const (
	Headroom = 256 - headerBytes
	Tailroom = 8
)

// NewMessage makes an empty message for frames of up to maxBytes.
func NewMessage(maxBytes int) *Message {
	return &Message{space: make([]byte, Headroom+maxBytes+Tailroom), start: Headroom}
}

// Frame is the message itself.
func (m *Message) Frame() []byte { return m.space[m.start : m.start+m.length] }

// resize sets the frame's length and returns it; what it held stays.
func (m *Message) resize(length int) []byte {
	m.length = length
	return m.Frame()
}

// Set makes the message a copy of frame.
func (m *Message) Set(frame []byte) { copy(m.resize(len(frame)), frame) }

// Enclosed is the frame with what a transport wants before and after it, in one piece. It
// is valid until the message changes. Where there is no room it is a copy.
func (m *Message) Enclosed(before, after []byte) []byte {
	start, end := m.start-len(before), m.start+m.length
	if start < 0 || end+len(after) > len(m.space) {
		whole := append(append([]byte(nil), before...), m.Frame()...)
		return append(whole, after...)
	}
	copy(m.space[start:], before)
	copy(m.space[end:], after)
	return m.space[start : end+len(after)]
}

// release gives the buffer back where it came from.
func (m *Message) release() {
	if m.home != nil {
		m.home.put(m)
	}
}

// Packet is one message and the side it came from. It is the receiver's until Release.
type Packet struct {
	From Side
	// Head is the frame's first headerBytes bytes, or all of a shorter one; Payload the rest.
	Head, Payload []byte
	// At is when it came, where the transport knows; else zero.
	At time.Time
	// message holds both, unless the payload was read to where the ring wanted it.
	message *Message
}

// newPacket is the packet of a whole frame.
func newPacket(from Side, m *Message) Packet {
	frame := m.Frame()
	n := min(len(frame), headerBytes)
	return Packet{From: from, Head: frame[:n], Payload: frame[n:], message: m}
}

// cameBy is when the packet came, as far as is known: at latest when it was read.
func (p *Packet) cameBy(read time.Time) time.Time {
	if p.At.IsZero() {
		return read
	}
	return p.At
}

// Release lets the transport use the frame's memory again. It may be left out, which
// costs memory only.
func (p *Packet) Release() {
	if p.message != nil {
		p.message.release()
	}
	p.message, p.Head, p.Payload = nil, nil, nil
}

// pool keeps messages for frames of one size: a window's worth of them is in use at most.
// The last one returned is the first one given, since it is still in the processor's cache.
type pool struct {
	bytes int
	mu    sync.Mutex
	free  []*Message
}

func (p *pool) get(length int) *Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	var m *Message
	if n := len(p.free); n > 0 {
		m, p.free = p.free[n-1], p.free[:n-1]
	} else {
		m = NewMessage(p.bytes)
		m.home = p
	}
	m.length = length
	return m
}

func (p *pool) put(m *Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, m)
}
