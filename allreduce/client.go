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

	writing  sync.Mutex
	deadline time.Time // of writes, pushed on now and then
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

// clientTimeout bounds the greeting where ctx does not, and a write.
const clientTimeout = 10 * time.Second

// newClient greets the server on conn and subscribes; when it returns, the server knows
// the subscription. conn is the client's from here on, also on error.
func newClient(ctx context.Context, conn net.Conn, token, subject string, buffers *pool) (_ *client, err error) {
	c := &client{conn: conn}
	c.in = reader{
		conn: conn, both: newScatter(conn), pool: buffers,
		pong: func() error { return c.write([]byte("PONG\r\n")) },
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
	return c, conn.SetDeadline(time.Time{})
}

// dialClient connects to a server named by a URL with the token in the user's place.
func dialClient(ctx context.Context, where, subject string, buffers *pool) (*client, error) {
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: this is not the URL of a server: %q", ErrOptions, where)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, conn, u.User.Username(), subject, buffers)
}

// publish sends a message. prefix is its protocol line but for the length.
func (c *client) publish(prefix []byte, m *Message) error {
	var line [Headroom]byte
	before := strconv.AppendInt(append(line[:0], prefix...), int64(len(m.Frame())), 10)
	return c.write(m.Enclosed(append(before, '\r', '\n'), []byte("\r\n")))
}

func (c *client) write(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if now := time.Now(); c.deadline.Sub(now) < clientTimeout/2 {
		c.deadline = now.Add(clientTimeout)
		if err := c.conn.SetWriteDeadline(c.deadline); err != nil {
			return err
		}
	}
	_, err := c.conn.Write(b)
	return err
}
