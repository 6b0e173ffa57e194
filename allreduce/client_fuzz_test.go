package allreduce

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Whatever bytes come from a server, in whatever pieces: the client does not panic, keeps
// no frame beyond its limit, and understands the same as if all had come at once.
func FuzzClientReads(f *testing.F) {
	for _, stream := range []string{
		"MSG rm.test.7.0.data 1 5\r\nhello\r\nMSG rm.test.7.0.data 1 0\r\n\r\nPING\r\nMSG a 1 1\r\nx\r\n",
		"MSG a 1 reply 5\r\nhello\r\n",
		"MSG a 1 999999999\r\n",
		"MSG a 1 -1\r\n",
		"MSG a 1 +1\r\nx\r\n",
		"MSG a 1 2\r\nabc\r\n",
		"MSG a 1 2\nab\r\n",
		"HMSG a 1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n",
		"INFO {}\r\nPONG\r\n+OK\r\n-ERR 'Slow Consumer'\r\n",
		"INFO " + strings.Repeat("x", lineBytes) + "\r\n",
		"INFO " + strings.Repeat("x", lineBytes-7) + "\r\nPING\r\n",   // the longest line
		"MSG a 1 600\r\n" + strings.Repeat("y", 600) + "\r\nPING\r\n", // longer than what is read ahead
		"\r\n", "\n", "MSG", "MSG ", "PING\r\nPI",
	} {
		f.Add([]byte(stream), []byte{}, uint16(600))
		f.Add([]byte(stream), []byte{1, 0, 1, 3, 30, 8, 255, 2}, uint16(600))
	}
	f.Fuzz(func(t *testing.T, stream, pieces []byte, limit uint16) {
		want := understood(t, &scriptedConn{stream: stream}, int(limit))
		if got := understood(t, &scriptedConn{stream: stream, pieces: pieces}, int(limit)); got != want {
			t.Errorf("in pieces %v:\n%s\nat once:\n%s", pieces, got, want)
		}
	})
}

// understood lets a client read to the end and returns all that it made of it.
func understood(t *testing.T, conn *scriptedConn, limit int) string {
	packets := make(chan Packet, len(conn.stream)+1)
	c := &client{
		inlet: inlet{side: Left, limit: limit, pool: &pool{bytes: limit + 2}, out: packets},
		conn:  conn, done: make(chan struct{}), quit: make(chan struct{}),
	}
	c.read(newLineReader(conn))
	close(packets)
	var report strings.Builder
	for p := range packets {
		if len(p.Frame) > limit || p.buffer != nil && len(p.buffer.space) != frameOffset+limit+2 {
			t.Errorf("a frame of %d bytes in %d, the limit is %d", len(p.Frame), len(p.buffer.space), limit)
		}
		fmt.Fprintf(&report, "frame %q %t\n", p.Frame, p.Frame == nil)
	}
	if !errors.Is(c.end, io.EOF) && !errors.Is(c.end, io.ErrUnexpectedEOF) && !errors.Is(c.end, ErrProtocol) && !errors.Is(c.end, ErrCorrupt) {
		t.Errorf("ends with %v", c.end)
	}
	fmt.Fprintf(&report, "answers %q\nend: %v", conn.answers.String(), c.end)
	return report.String()
}

// scriptedConn gives a stream in pieces of the given sizes, then the rest at once, its
// last bytes together with the end.
type scriptedConn struct {
	net.Conn
	stream, pieces []byte
	answers        strings.Builder
}

func (c *scriptedConn) Read(b []byte) (int, error) {
	n := len(c.stream)
	if len(c.pieces) > 0 {
		n, c.pieces = min(n, int(c.pieces[0])), c.pieces[1:]
	}
	n = copy(b, c.stream[:n])
	c.stream = c.stream[n:]
	if len(c.stream) == 0 && len(c.pieces) == 0 {
		return n, io.EOF
	}
	return n, nil
}

func (c *scriptedConn) Write(b []byte) (int, error) { return c.answers.Write(b) }

func (c *scriptedConn) SetWriteDeadline(time.Time) error { return nil }
