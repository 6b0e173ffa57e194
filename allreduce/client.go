package allreduce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// client is a NATS client with only what a link's hot path needs: one subscription, and
// publishing of a message that is already in one piece. Its payloads go from the socket
// into pooled buffers without a copy. Everything else in Ringmaster uses nats.go.
//
// Protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol
type client struct {
	inlet
	conn net.Conn

	writing  sync.Mutex
	deadline time.Time // of writes, pushed on now and then

	end  error         // why reading ended; valid once done is closed
	done chan struct{} // closed when the reader has ended
	quit chan struct{} // closed by close
	once sync.Once
}

// inlet is where a client's messages go.
type inlet struct {
	side  Side // the neighbour they come from
	limit int  // the most bytes of a frame
	pool  *pool
	out   chan<- Packet // frames, in order; the last packet has none and means the end
}

const (
	// lineBytes bounds a line of the protocol; an INFO of nats-server is below 1 KB.
	lineBytes = 4096
	// aheadBytes is how much a read may run past a frame: the next message's line, and a
	// little of its frame, which is then copied.
	aheadBytes = 256
)

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

// newClient greets the server on conn and subscribes; when it returns, the server knows
// the subscription. conn is the client's from here on, also on error.
func newClient(ctx context.Context, conn net.Conn, token, subject string, in inlet) (_ *client, err error) {
	c := &client{inlet: in, conn: conn, done: make(chan struct{}), quit: make(chan struct{})}
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
	lines := newLineReader(conn)
	switch line, err := lines.line(); {
	case err != nil:
		return nil, err
	case !bytes.HasPrefix(line, []byte("INFO ")):
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
	for {
		line, err := lines.line()
		if err != nil {
			return nil, err
		}
		switch {
		case bytes.Equal(line, []byte("PONG")):
			if err := conn.SetDeadline(time.Time{}); err != nil {
				return nil, err
			}
			go c.read(lines)
			return c, nil
		case bytes.HasPrefix(line, []byte("-ERR")):
			return nil, fmt.Errorf("%w: it says %s", ErrProtocol, line)
		case bytes.HasPrefix(line, []byte("INFO ")):
		default:
			return nil, fmt.Errorf("%w: %.40q in place of PONG", ErrProtocol, line)
		}
	}
}

// clientTimeout bounds the greeting where ctx does not, and a write.
const clientTimeout = 10 * time.Second

// publish sends a message whose protocol line is prepared but for the length.
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

// read passes frames on until the connection ends.
func (c *client) read(in *lineReader) {
	defer close(c.done)
	c.end = c.readAll(in)
	c.pass(Packet{From: c.side})
}

// pass hands a packet to the ring, or drops it when the client is being closed.
func (c *client) pass(p Packet) bool {
	select {
	case c.out <- p:
		return true
	case <-c.quit:
		return false
	}
}

func (c *client) readAll(in *lineReader) error {
	for {
		line, err := in.line()
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(line, []byte("MSG ")):
			size, err := messageSize(line, c.limit)
			if err != nil {
				return err
			}
			b := c.pool.get()
			if err := in.payload(b.frame(size + 2)); err != nil {
				return err
			}
			if !c.pass(Packet{From: c.side, Frame: b.frame(size), buffer: b}) {
				return net.ErrClosed
			}
		case bytes.Equal(line, []byte("PING")):
			if err := c.write([]byte("PONG\r\n")); err != nil {
				return err
			}
		case bytes.Equal(line, []byte("PONG")), bytes.Equal(line, []byte("+OK")), bytes.HasPrefix(line, []byte("INFO ")):
		case bytes.HasPrefix(line, []byte("-ERR")):
			return fmt.Errorf("%w: it says %s", ErrProtocol, line)
		default:
			return fmt.Errorf("%w: line %.40q", ErrProtocol, line)
		}
	}
}

// messageSize reads the size from "MSG subject sid [reply] size", and bounds it before
// any memory is taken.
func messageSize(line []byte, limit int) (int, error) {
	size, err := strconv.Atoi(string(line[bytes.LastIndexByte(line, ' ')+1:]))
	if err != nil || size < 0 {
		return 0, fmt.Errorf("%w: line %.60q has no size", ErrProtocol, line)
	}
	if size > limit {
		return 0, fmt.Errorf("%w: a message of %d bytes, at most %d can come", ErrCorrupt, size, limit)
	}
	return size, nil
}

// close ends the connection and waits for the reader. Messages written before are
// delivered.
func (c *client) close() error {
	var err error
	c.once.Do(func() {
		close(c.quit)
		err = c.conn.Close()
	})
	<-c.done
	return err
}

// lineReader reads the protocol's lines, and payloads straight to where they belong.
type lineReader struct {
	conn  io.Reader
	space [lineBytes]byte
	ahead []byte // read and not yet used, in space
}

func newLineReader(conn io.Reader) *lineReader { return &lineReader{conn: conn} }

// line is the next line without its end, valid until the next call.
func (r *lineReader) line() ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(r.ahead[searched:], '\n'); i >= 0 {
			line := r.ahead[:searched+i]
			r.ahead = r.ahead[searched+i+1:]
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		searched = len(r.ahead)
		if searched == len(r.space) {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, len(r.space))
		}
		n := copy(r.space[:], r.ahead)
		got, err := r.conn.Read(r.space[n:min(n+aheadBytes, len(r.space))])
		r.ahead = r.space[:n+got]
		if got == 0 && err != nil {
			if n > 0 {
				err = cutOff(err)
			}
			return nil, err
		}
	}
}

// payload fills b, whose last two bytes must be the end of a line.
func (r *lineReader) payload(b []byte) error {
	n := copy(b, r.ahead)
	r.ahead = r.ahead[n:]
	if _, err := io.ReadFull(r.conn, b[n:]); err != nil {
		return cutOff(err)
	}
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		return fmt.Errorf("%w: a message longer than its line says", ErrProtocol)
	}
	return nil
}

// cutOff tells a connection that ends within a line or a message from one that ends
// between two.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// dialClient connects to a server named by a URL with the token in the user's place.
func dialClient(ctx context.Context, where, subject string, in inlet) (*client, error) {
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: %q is not the URL of a server", ErrOptions, where)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, conn, u.User.Username(), subject, in)
}
