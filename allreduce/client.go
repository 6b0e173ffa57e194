package allreduce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// client is a NATS client with only what a link's hot path needs: one subscription, and
// publishing of a message that is already in one piece. Everything else in Ringmaster uses
// nats.go. Reading is the owner's business, through in.
type client struct {
	conn net.Conn
	in   reader

	writeTimeout time.Duration // the least that a write which does not get on is given

	writing sync.Mutex // held by whoever writes

	mu       sync.Mutex
	writer   context.Context // whose write is going on; nil when none is
	deadline time.Time       // of writes, pushed on now and then; zero when unknown
}

// connectOptions are the CONNECT message's fields.
type connectOptions struct {
	Verbose  bool   `json:"verbose"`
	Pedantic bool   `json:"pedantic"`
	Echo     bool   `json:"echo"`
	Protocol int    `json:"protocol"`
	Lang     string `json:"lang"`
	Version  string `json:"version"`
	Name     string `json:"name"`
	Token    string `json:"auth_token,omitempty"`
}

// clientTimeout bounds the greeting where ctx does not.
const clientTimeout = 10 * time.Second

// newClient greets the server on conn and subscribes; when it returns, the server knows
// the subscription. conn is the client's from here on, also on error. A write that does not
// get on for writeTimeout fails; writeTimeout is more than 0.
func newClient(ctx context.Context, conn net.Conn, token, subject string, writeTimeout time.Duration, buffers *pool) (_ *client, err error) {
	c := &client{conn: conn, writeTimeout: writeTimeout}
	c.in = reader{
		conn: conn, both: newScatter(conn), pool: buffers,
		pong: func() error { return c.write(context.Background(), []byte("PONG\r\n")) },
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close())
		}
	}()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(clientTimeout)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	// A machine that stands still accepts connections all the same, and greets nobody: the
	// end of ctx must not wait for it.
	over := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !over() && err != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
	}()
	if line, err := c.in.line(); err != nil {
		return nil, err
	} else if !bytes.HasPrefix(line, []byte("INFO ")) {
		return nil, fmt.Errorf("%w: it begins with %.40q", ErrProtocol, line)
	}
	options, err := json.Marshal(connectOptions{
		Protocol: 1, Lang: "go", Version: "1", Name: "ringmaster ring", Token: token,
	})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "CONNECT %s\r\nSUB %s 1\r\nPING\r\n", options, subject); err != nil {
		return nil, err
	}
	if err := c.in.untilPong(); err != nil {
		return nil, err
	}
	c.deadline = time.Time{} // a PONG may have set it
	if !over() {
		return nil, context.Cause(ctx)
	}
	return c, conn.SetDeadline(time.Time{})
}

// dialClient connects to a server named by a URL with the token in the user's place.
func dialClient(ctx context.Context, where, subject string, writeTimeout time.Duration, buffers *pool) (*client, error) {
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: this is not the URL of a server: %q", ErrOptions, where)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, conn, u.User.Username(), subject, writeTimeout, buffers)
}

// publish sends a message. prefix is its protocol line but for the length.
func (c *client) publish(ctx context.Context, prefix []byte, m *Message) error {
	var line [Headroom]byte
	before := strconv.AppendInt(append(line[:0], prefix...), int64(len(m.Frame())), 10)
	return c.write(ctx, m.Enclosed(append(before, '\r', '\n'), []byte("\r\n")))
}

// write writes all of b, until writeTimeout or ctx end it; whoever ends ctx calls abortWrite.
func (c *client) write(ctx context.Context, b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.beginWrite(ctx); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	c.endWrite()
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// beginWrite sees to the deadline, which is between one and two patiences away: setting it
// for every message would cost more than it is worth.
func (c *client) beginWrite(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.writer = ctx
	if now := time.Now(); c.deadline.Sub(now) < c.writeTimeout {
		c.deadline = now.Add(2 * c.writeTimeout)
		if err := c.conn.SetWriteDeadline(c.deadline); err != nil {
			c.writer = nil
			return err
		}
	}
	return nil
}

func (c *client) endWrite() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writer = nil
}

// abortWrite ends the write that goes on for ctx, which has ended; others have their time.
func (c *client) abortWrite(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writer == ctx {
		c.deadline = time.Time{}
		_ = c.conn.SetWriteDeadline(past) // a closed connection ends the write by itself
	}
}
