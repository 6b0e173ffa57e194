package allreduce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// mesh is the transport over a rank's own server and its left neighbour's.
//
// The ring's own goroutine reads the left connection: a goroutine between them would cost
// a switch for every chunk, which on several cores takes longer than adding the chunk. Little
// comes from the right (credits). A goroutine reads it, passes it on through inbox, and
// interrupts the ring's read with a read deadline in the past.
type mesh struct {
	left, local *client
	prefix      [2][]byte // of what is published to that side

	inbox   chan Packet   // from the right; a packet without a head means its end
	pumped  chan struct{} // closed when the goroutine has ended; pumpErr says why
	pumpErr error

	waiting         atomic.Bool   // the ring is reading, or about to
	deadline        time.Time     // of reads from the left, as the ring last set it; zero when unknown
	leftEnd         error         // why there is no more from the left
	leftEndReported bool          // the ring was told of leftEnd
	timer           deadlineTimer // for waiting without the left connection
	reads           contextWatch
	sends           [2]contextWatch // by side

	closed chan struct{}
	once   sync.Once
}

// past is a read deadline that ends a read at once.
var past = time.Unix(1, 0)

func newMesh(left, local *client, o Options) *mesh {
	m := &mesh{
		left: left, local: local,
		prefix: [2][]byte{
			Left:  []byte("PUB " + o.subject(o.Rank, creditSubject) + " "),
			Right: []byte("PUB " + o.subject(o.Rank, dataSubject) + " "),
		},
		inbox: make(chan Packet, o.Window+spareMessages), pumped: make(chan struct{}),
		closed: make(chan struct{}),
		sends:  [2]contextWatch{Left: {ended: left.abortWrite}, Right: {ended: local.abortWrite}},
	}
	m.reads.ended = func(context.Context) { m.wake() }
	go m.pump()
	return m
}

// pump passes on what comes from the right.
func (m *mesh) pump() {
	defer close(m.pumped)
	for {
		p, err := m.local.in.next(Right, nil)
		if err != nil {
			m.pumpErr = err
			p = Packet{From: Right}
		}
		p.At = time.Now()
		select {
		case m.inbox <- p:
			m.wake()
		case <-m.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

// wake ends a read that the ring is in, or about to begin.
func (m *mesh) wake() {
	if m.waiting.Load() {
		_ = m.left.conn.SetReadDeadline(past) // a closed connection ends the read by itself
	}
}

func (m *mesh) Send(ctx context.Context, to Side, message *Message) error {
	m.sends[to].follow(ctx)
	if to == Right {
		return m.local.publish(ctx, m.prefix[Right], message)
	}
	err := m.left.publish(ctx, m.prefix[Left], message)
	if err != nil && ctx.Err() != nil {
		return err // which is nobody's fault
	}
	if err != nil {
		return &LinkError{Side: Left, Err: err}
	}
	return nil
}

func (m *mesh) Receive(ctx context.Context, until time.Time, place Placement) (Packet, error) {
	m.reads.follow(ctx)
	for {
		select {
		case p := <-m.inbox:
			return m.fromRight(p)
		default:
		}
		if err := m.stopped(ctx); err != nil {
			return Packet{}, err
		}
		if m.leftEnd != nil {
			return m.withoutLeft(ctx, until)
		}
		p, err := m.fromLeft(ctx, until, place)
		switch {
		case err == nil:
			return p, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			m.deadline = time.Time{}
			if !time.Now().Before(until) {
				return Packet{}, ErrTick
			}
		default:
			m.leftEnd = err
		}
	}
}

// fromLeft reads a frame, until the deadline or somebody wakes it. The order matters: who
// puts something into the inbox looks at waiting afterwards, so either this sees it there
// or is woken.
func (m *mesh) fromLeft(ctx context.Context, until time.Time, place Placement) (Packet, error) {
	if !m.deadline.Equal(until) {
		if err := m.left.conn.SetReadDeadline(until); err != nil {
			return Packet{}, err
		}
		m.deadline = until
	}
	m.waiting.Store(true)
	defer m.waiting.Store(false)
	if len(m.inbox) > 0 || m.stopped(ctx) != nil {
		return Packet{}, os.ErrDeadlineExceeded
	}
	return m.left.in.next(Left, place)
}

// stopped is why this side waits no longer: it was closed, or ctx ended; nil while it waits.
func (m *mesh) stopped(ctx context.Context) error {
	select {
	case <-m.closed:
		return errTransportDone
	case <-ctx.Done():
		return context.Cause(ctx)
	default:
		return nil
	}
}

// withoutLeft waits for the right alone, once it has told of the left link's end.
func (m *mesh) withoutLeft(ctx context.Context, until time.Time) (Packet, error) {
	if !m.leftEndReported {
		m.leftEndReported = true
		return Packet{}, &LinkError{Side: Left, Err: fmt.Errorf("%w: %w", ErrLinkLost, m.leftEnd)}
	}
	select {
	case p := <-m.inbox:
		return m.fromRight(p)
	case <-m.timer.until(until):
		m.timer.fired()
		return Packet{}, ErrTick
	case <-ctx.Done():
		return Packet{}, context.Cause(ctx)
	case <-m.closed:
		return Packet{}, errTransportDone
	}
}

// fromRight tells a frame from the connection's end.
func (m *mesh) fromRight(p Packet) (Packet, error) {
	if p.Head != nil {
		return p, nil
	}
	<-m.pumped
	return Packet{}, fmt.Errorf("%w: %w", ErrLinkLost, m.pumpErr)
}

func (m *mesh) Close() (err error) {
	m.once.Do(func() {
		close(m.closed)
		err = errors.Join(m.left.close(), m.local.close())
		m.reads.end()
		m.sends[Left].end()
		m.sends[Right].end()
		<-m.pumped
	})
	return err
}
