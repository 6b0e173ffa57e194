package allreduce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// spareMessages is the room in a subscription beside the window, for greetings and signs
// of life that come while this rank is busy elsewhere: a few per operation.
const spareMessages = 1024

// NATSLinks are the connections a ring runs over. They stay the caller's: the
// transport subscribes and publishes on them and never closes them.
type NATSLinks struct {
	// Local is the connection that this rank publishes its data on and hears its
	// right neighbour's credits on. In a mesh it goes to this rank's own embedded
	// server (best in-process), with a broker to the broker.
	Local *nats.Conn
	// Left is the connection on which this rank hears its left neighbour's data and
	// publishes credits. In a mesh it goes to the left neighbour's server; with a
	// broker it is the same as Local.
	Left *nats.Conn
}

// NATSOptions are the connection options a ring wants, whoever dials: no
// reconnecting, so that a dead neighbour is known at once (what was published
// meanwhile would be lost anyhow), and writes that give up after timeout.
func NATSOptions(timeout time.Duration) []nats.Option {
	return []nats.Option{
		nats.NoReconnect(),
		nats.FlusherTimeout(timeout),
		nats.Timeout(timeout),
	}
}

// NewNATS returns a transport over core NATS. o is what will be given to Open.
// When it returns, this rank's subscriptions are known to the servers it is
// connected to; whether the neighbours have theirs is found out by Open.
//
// The subjects are rm.<run>.<generation>.<rank>.data, published by that rank for
// its right neighbour, and rm.<run>.<generation>.<rank>.credit, for its left one.
// Each has one publisher and one subscriber, so messages keep their order.
//
// A connection that is lost, even if nats.go mends it, ends the link: messages may
// have been dropped. In a mesh, losing Left is the left neighbour's end
// (ErrPeerGone); losing Local, or the broker, is ErrLinkLost.
func NewNATS(ctx context.Context, links NATSLinks, o Options) (_ Transport, err error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if links.Local == nil || links.Left == nil {
		return nil, fmt.Errorf("%w: both NATS connections are needed", ErrOptions)
	}
	for _, conn := range []*nats.Conn{links.Local, links.Left} {
		if limit := conn.MaxPayload(); int64(o.ChunkBytes) > limit {
			return nil, fmt.Errorf("%w: ChunkBytes is %d, the NATS server takes messages of %d bytes", ErrOptions, o.ChunkBytes, limit)
		}
	}
	subject := func(rank int, what string) string {
		return fmt.Sprintf("rm.%s.%d.%d.%s", o.Run, o.Generation, rank, what)
	}
	t := &natsTransport{
		links:  links,
		to:     [2]string{Left: subject(o.Rank, "credit"), Right: subject(o.Rank, "data")},
		out:    [2]*nats.Conn{Left: links.Left, Right: links.Local},
		closed: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	t.in[Left] = make(chan *nats.Msg, o.Window+spareMessages)
	t.in[Right] = make(chan *nats.Msg, o.Window+spareMessages)
	t.localEnd = links.Local.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	t.leftEnd = links.Left.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	from := [2]struct {
		conn    *nats.Conn
		subject string
	}{
		Left:  {links.Left, subject(o.left(), "data")},
		Right: {links.Local, subject(o.right(), "credit")},
	}
	for side, f := range from {
		sub, err := f.conn.ChanSubscribe(f.subject, t.in[side])
		if err != nil {
			return nil, fmt.Errorf("subscribe to %s: %w", f.subject, err)
		}
		t.subs = append(t.subs, sub)
	}
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	for _, conn := range []*nats.Conn{links.Local, links.Left} {
		if err := conn.FlushWithContext(ctx); err != nil {
			return nil, fmt.Errorf("subscribe at %s: %w", conn.ConnectedUrlRedacted(), err)
		}
	}
	return t, nil
}

type natsTransport struct {
	links             NATSLinks
	to                [2]string // subjects this rank publishes, by the side that listens
	out               [2]*nats.Conn
	in                [2]chan *nats.Msg
	subs              []*nats.Subscription
	localEnd, leftEnd chan nats.Status
	leftLost          bool // the left link has ended; told once its last messages are read
	leftReported      bool
	closed            chan struct{}
	closeOnce         sync.Once
	closeErr          error
}

// mesh says whether the left link is a connection of its own, whose end is the left
// neighbour's end.
func (t *natsTransport) mesh() bool { return t.links.Left != t.links.Local }

func (t *natsTransport) Send(ctx context.Context, to Side, frame []byte) error {
	err := t.out[to].Publish(t.to[to], frame)
	if err != nil && to == Left && t.mesh() {
		return &LinkError{Side: Left, Err: err}
	}
	return err
}

func (t *natsTransport) Receive(ctx context.Context, tick <-chan time.Time) (Packet, error) {
	if t.leftLost && !t.leftReported {
		return t.lastWordsOfLeft()
	}
	leftEnd := t.leftEnd
	if t.leftLost {
		leftEnd = nil
	}
	select {
	case m := <-t.in[Left]:
		return Packet{From: Left, Frame: m.Data}, nil
	case m := <-t.in[Right]:
		return Packet{From: Right, Frame: m.Data}, nil
	case <-tick:
		return Packet{}, ErrTick
	case <-ctx.Done():
		return Packet{}, context.Cause(ctx)
	case <-t.closed:
		return Packet{}, errTransportDone
	case <-t.localEnd:
		return Packet{}, connectionLost(t.links.Local)
	case <-leftEnd:
		if !t.mesh() {
			return Packet{}, connectionLost(t.links.Local)
		}
		t.leftLost = true
		return t.Receive(ctx, tick)
	}
}

// lastWordsOfLeft returns what the left neighbour sent before its end, then reports it.
func (t *natsTransport) lastWordsOfLeft() (Packet, error) {
	select {
	case m := <-t.in[Left]:
		return Packet{From: Left, Frame: m.Data}, nil
	default:
		t.leftReported = true
		return Packet{}, &LinkError{Side: Left, Err: connectionLost(t.links.Left)}
	}
}

func connectionLost(conn *nats.Conn) error {
	if err := conn.LastError(); err != nil {
		return fmt.Errorf("%w: %w", ErrLinkLost, err)
	}
	return fmt.Errorf("%w: %v", ErrLinkLost, conn.Status())
}

// Close unsubscribes. What was published is on its way to the server, and is
// flushed by nats.go as long as the caller keeps the connections open.
func (t *natsTransport) Close() error {
	t.closeOnce.Do(func() {
		close(t.closed)
		t.links.Local.RemoveStatusListener(t.localEnd)
		t.links.Left.RemoveStatusListener(t.leftEnd)
		for _, sub := range t.subs {
			if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
				t.closeErr = errors.Join(t.closeErr, err)
			}
		}
	})
	return t.closeErr
}
