package allreduce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// spareMessages is the room in a subscription beside the window, for hellos and
// keep-alives that come while this rank is busy: a few per operation.
const spareMessages = 1024

// BrokerOptions are the connection options a ring needs for a broker, whoever connects: no
// reconnecting, so that a dead link is known at once (what was published meanwhile would
// be lost in any case), and writes that give up after timeout.
func BrokerOptions(timeout time.Duration) []nats.Option {
	return []nats.Option{
		nats.NoReconnect(),
		nats.FlusherTimeout(timeout),
		nats.Timeout(timeout),
	}
}

// NewBroker returns a transport over a NATS server or cluster that all ranks share, for
// networks in which workers cannot reach each other. conn stays the caller's: the
// transport subscribes and publishes on it and never closes it. o is what will be given
// to Open. When NewBroker returns, this rank's subscriptions are known to the server;
// whether the neighbours have theirs is found out by Open.
//
// The subjects are rm.<run>.<generation>.<rank>.data, published by that rank for
// its right neighbour, and rm.<run>.<generation>.<rank>.credit, for its left one.
// A stripe but the first adds its number to them.
// Each has one publisher and one subscriber, so messages keep their order.
//
// A connection that is lost, even if nats.go mends it, ends the link (ErrLinkLost):
// messages may have been dropped.
func NewBroker(ctx context.Context, conn *nats.Conn, o Options) (_ Transport, err error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if conn == nil {
		return nil, fmt.Errorf("%w: a NATS connection is needed", ErrOptions)
	}
	if limit := conn.MaxPayload(); int64(o.ChunkBytes) > limit {
		return nil, fmt.Errorf("%w: ChunkBytes is %d, the NATS server takes messages of %d bytes", ErrOptions, o.ChunkBytes, limit)
	}
	t := &broker{
		conn:    conn,
		to:      [2]string{Left: o.subject(o.Rank, creditSubject), Right: o.subject(o.Rank, dataSubject)},
		in:      make(chan *nats.Msg, o.Window+spareMessages),
		credits: make(chan Packet, o.Window+spareMessages),
		closed:  make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	t.end = conn.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	if err := t.subscribe(o); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	if err := conn.FlushWithContext(ctx); err != nil {
		return nil, fmt.Errorf("subscribe at %s: %w", conn.ConnectedAddr(), err) // not the URL: it may hold a token
	}
	return t, nil
}

// subscribe listens to both neighbours. Credits pass through a function, to note when they
// came: they are often read in the next operation only.
func (t *broker) subscribe(o Options) error {
	data, credit := o.subject(o.left(), dataSubject), o.subject(o.right(), creditSubject)
	fromLeft, err := t.conn.ChanSubscribe(data, t.in)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", data, err)
	}
	t.subs = append(t.subs, fromLeft)
	fromRight, err := t.conn.Subscribe(credit, func(m *nats.Msg) {
		p := newPacket(Right, &Message{space: m.Data, length: len(m.Data)})
		p.At = time.Now()
		select {
		case t.credits <- p:
		case <-t.closed:
		}
	})
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", credit, err)
	}
	t.subs = append(t.subs, fromRight)
	return nil
}

// What is published on a rank's subjects.
const (
	dataSubject   = "data"   // for its right neighbour
	creditSubject = "credit" // for its left neighbour
)

// subject is where a rank publishes what.
func (o Options) subject(rank int, what string) string {
	subject := fmt.Sprintf("rm.%s.%d.%d.%s", o.Run, o.Generation, rank, what)
	if o.Stripe > 0 {
		subject += fmt.Sprintf(".%d", o.Stripe)
	}
	return subject
}

// broker is the transport over one server that all ranks share.
type broker struct {
	conn      *nats.Conn
	to        [2]string      // subjects this rank publishes, by the side that listens
	in        chan *nats.Msg // from the left
	credits   chan Packet    // from the right, with the time they came
	subs      []*nats.Subscription
	end       chan nats.Status
	timer     deadlineTimer
	closed    chan struct{}
	closeOnce sync.Once
	closeErr  error
}

func (t *broker) Send(ctx context.Context, to Side, m *Message) error {
	return t.conn.Publish(t.to[to], m.Frame())
}

func (t *broker) Receive(ctx context.Context, until time.Time, _ Placement) (Packet, error) {
	select {
	case m := <-t.in:
		return newPacket(Left, &Message{space: m.Data, length: len(m.Data)}), nil
	case p := <-t.credits:
		return p, nil
	case <-t.timer.until(until):
		t.timer.fired()
		return Packet{}, ErrTick
	case <-ctx.Done():
		return Packet{}, context.Cause(ctx)
	case <-t.closed:
		return Packet{}, errTransportDone
	case <-t.end:
		if err := t.conn.LastError(); err != nil {
			return Packet{}, fmt.Errorf("%w: %w", ErrLinkLost, err)
		}
		return Packet{}, fmt.Errorf("%w: %v", ErrLinkLost, t.conn.Status())
	}
}

// Close unsubscribes. What was published is on its way to the server, and is
// flushed by nats.go as long as the caller keeps the connection open.
func (t *broker) Close() error {
	t.closeOnce.Do(func() {
		close(t.closed)
		t.conn.RemoveStatusListener(t.end)
		for _, sub := range t.subs {
			if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
				t.closeErr = errors.Join(t.closeErr, err)
			}
		}
	})
	return t.closeErr
}
