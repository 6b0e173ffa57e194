package allreduce

import (
	"context"
	"net"
	"sync"
)

// inlet is where a test wants a client's messages.
type inlet struct {
	side Side
	pool *pool
	out  chan<- Packet // the last packet has no head and means the end
}

// pumped is a client whose messages a goroutine passes on, until the connection ends.
type pumped struct {
	*client
	end        error
	done, quit chan struct{}
	once       sync.Once
}

func pump(c *client, in inlet) *pumped {
	p := &pumped{client: c, done: make(chan struct{}), quit: make(chan struct{})}
	go func() {
		defer close(p.done)
		for p.end == nil {
			var packet Packet
			if packet, p.end = c.in.next(in.side, nil); p.end != nil {
				packet = Packet{From: in.side}
			}
			select {
			case in.out <- packet:
			case <-p.quit:
				p.end = net.ErrClosed
			}
		}
	}()
	return p
}

func (p *pumped) close() (err error) {
	p.once.Do(func() {
		close(p.quit)
		err = p.conn.Close()
	})
	<-p.done
	return err
}

// newPumped is subscribed, and then pump.
func newPumped(ctx context.Context, conn net.Conn, token, subject string, in inlet) (*pumped, error) {
	c, err := subscribed(ctx, conn, token, subject, in.pool)
	if err != nil {
		return nil, err
	}
	return pump(c, in), nil
}

// subscribed is a client that has shown a token and subscribed.
func subscribed(ctx context.Context, conn net.Conn, token, subject string, buffers *pool) (*client, error) {
	c := newClient(conn)
	return c, c.within(ctx, func() error {
		if err := c.greet(func([]byte) (connectOptions, error) { return connectOptions{Token: token}, nil }); err != nil {
			return err
		}
		return c.subscribe(subject, clientTimeout, buffers)
	})
}

// frame is a packet's whole frame; nil at the end of a link.
func (p Packet) frame() []byte {
	if p.Head == nil {
		return nil
	}
	return append(append([]byte{}, p.Head...), p.Payload...)
}
