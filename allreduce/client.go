package allreduce

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"ringmaster/keepalive"
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
	Pass     string `json:"pass,omitempty"`
	Sig      string `json:"sig,omitempty"`
}

// clientTimeout bounds the greeting where ctx does not.
const clientTimeout = 10 * time.Second

// newClient makes a client of a connection, which is the client's from here on.
func newClient(conn net.Conn) *client {
	c := &client{conn: conn, writeTimeout: clientTimeout}
	c.in = reader{
		conn: conn, both: newScatter(conn), pool: &pool{bytes: minChunkBytes},
		pong: func() error { return c.write(context.Background(), []byte("PONG\r\n")) },
	}
	return c
}

// within has a talk with the server end with ctx, or after clientTimeout. The connection is closed
// where it fails.
func (c *client) within(ctx context.Context, talk func() error) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(clientTimeout)
	}
	if err := c.conn.SetDeadline(deadline); err != nil {
		return err
	}
	// A machine that stands still accepts connections all the same, and greets nobody: the
	// end of ctx must not wait for it.
	over := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(past) })
	defer func() {
		if !over() && err != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
	}()
	if err := talk(); err != nil {
		return err
	}
	c.deadline = time.Time{} // a PONG may have set it
	if !over() {
		return context.Cause(ctx)
	}
	return c.conn.SetDeadline(time.Time{})
}

// close closes the connection without waiting: TLS would say so to the other side first, which may read
// nothing any more.
func (c *client) close() error {
	if secure, is := c.conn.(*tls.Conn); is {
		return secure.NetConn().Close()
	}
	return c.conn.Close()
}

// greet shows the server who this is, and waits until it is admitted. sign answers the server's nonce
// by what is to be shown.
func (c *client) greet(options func(nonce []byte) (connectOptions, error)) error {
	line, err := c.in.line()
	if err != nil {
		return err
	}
	text, is := bytes.CutPrefix(line, []byte("INFO "))
	var info struct {
		Nonce string `json:"nonce"`
	}
	if !is || json.Unmarshal(text, &info) != nil {
		return fmt.Errorf("%w: it begins with %.40q", ErrProtocol, line)
	}
	shows, err := options([]byte(info.Nonce))
	if err != nil {
		return err
	}
	shows.Protocol, shows.Lang, shows.Version = 1, "go", "1"
	connect, err := json.Marshal(shows)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.conn, "CONNECT %s\r\nPING\r\n", connect); err != nil {
		return err
	}
	return c.in.untilPong(1)
}

// subscribe subscribes; when it returns, the server knows the subscription. A write that does not
// get on for writeTimeout fails from here on; writeTimeout is more than 0.
func (c *client) subscribe(subject string, writeTimeout time.Duration, buffers *pool) error {
	c.writeTimeout, c.in.pool = writeTimeout, buffers
	if _, err := fmt.Fprintf(c.conn, "SUB %s 1\r\nPING\r\n", subject); err != nil {
		return err
	}
	return c.in.untilPong(2) // the greeting had one
}

// recordsAhead is how much is read at once from a connection with TLS, whose records have 16 KiB at most.
const recordsAhead = 256 << 10

// readAhead reads several records with one system call.
type readAhead struct {
	net.Conn
	in *bufio.Reader
}

func (r *readAhead) Read(p []byte) (int, error) { return r.in.Read(p) }

// dialClient connects to a neighbour's server and subscribes there.
func dialClient(ctx context.Context, n Neighbour, subject string, writeTimeout time.Duration, buffers *pool) (*client, error) {
	u, err := url.Parse(n.URL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: this is not the URL of a server: %q", ErrOptions, n.URL)
	}
	conn, err := dialTCP(ctx, u.Host, keepalive.Dialer(0).DialContext)
	if err != nil {
		return nil, err
	}
	if n.TLS != nil {
		conn = tls.Client(&readAhead{conn, bufio.NewReaderSize(conn, recordsAhead)}, n.TLS)
	}
	c := newClient(conn)
	return c, c.within(ctx, func() error {
		if err := c.greet(func(nonce []byte) (o connectOptions, err error) {
			o = connectOptions{Name: "ringmaster ring", Token: u.User.Username(), Pass: n.Pass}
			if n.Sign != nil {
				o.Sig, err = n.Sign(nonce)
			}
			return o, err
		}); err != nil {
			return err
		}
		return c.subscribe(subject, writeTimeout, buffers)
	})
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
