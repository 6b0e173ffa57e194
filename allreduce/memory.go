package allreduce

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"
)

// memoryInbox is how many messages wait for a rank on each side: the widest window
// and many keep-alives.
const memoryInbox = maxWindow + 256

var (
	errInboxFull     = errors.New("the neighbour's inbox is full")
	errTransportDone = errors.New("transport is closed")
)

// NewMemory returns the transports of a ring inside one process, one per rank.
func NewMemory(world int) []Transport {
	ranks := make([]*memory, world)
	for i := range ranks {
		ranks[i] = &memory{done: make(chan struct{})}
		for side := range ranks[i].inbox {
			ranks[i].inbox[side] = make(chan *Message, memoryInbox)
		}
	}
	transports := make([]Transport, world)
	for i, rank := range ranks {
		rank.neighbour[Left] = ranks[(i+world-1)%world]
		rank.neighbour[Right] = ranks[(i+1)%world]
		transports[i] = rank
	}
	return transports
}

type memory struct {
	neighbour [2]*memory
	inbox     [2]chan *Message // by the side it comes from
	done      chan struct{}
	reported  [2]bool
	timer     deadlineTimer
	closeOnce sync.Once
}

func (m *memory) Send(ctx context.Context, to Side, message *Message) error {
	peer := m.neighbour[to]
	select {
	case <-m.done:
		return errTransportDone
	case <-peer.done:
		return &LinkError{Side: to, Err: errTransportDone}
	default:
	}
	select {
	case peer.inbox[1-to] <- &Message{space: bytes.Clone(message.Frame()), length: len(message.Frame())}:
		return nil
	default:
		return &LinkError{Side: to, Err: errInboxFull}
	}
}

func (m *memory) Receive(ctx context.Context, until time.Time, _ Placement) (Packet, error) {
	select {
	case message := <-m.inbox[Left]:
		return newPacket(Left, message), nil
	case message := <-m.inbox[Right]:
		return newPacket(Right, message), nil
	case <-m.timer.until(until):
		m.timer.fired()
		return Packet{}, ErrTick
	case <-ctx.Done():
		return Packet{}, context.Cause(ctx)
	case <-m.done:
		return Packet{}, errTransportDone
	case <-m.ended(Left):
		return m.drain(Left)
	case <-m.ended(Right):
		return m.drain(Right)
	}
}

// ended is closed when the neighbour has closed; nil once that was reported.
func (m *memory) ended(side Side) <-chan struct{} {
	if m.reported[side] {
		return nil
	}
	return m.neighbour[side].done
}

// drain returns what a neighbour sent before it closed, then reports its end.
func (m *memory) drain(side Side) (Packet, error) {
	select {
	case message := <-m.inbox[side]:
		return newPacket(side, message), nil
	default:
		m.reported[side] = true
		return Packet{}, &LinkError{Side: side, Err: errTransportDone}
	}
}

func (m *memory) Close() error {
	m.closeOnce.Do(func() { close(m.done) })
	return nil
}
