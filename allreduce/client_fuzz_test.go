package allreduce

import (
	"context"
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
	buffers := &pool{bytes: limit}
	c := &client{conn: conn}
	c.in = reader{conn: conn, pool: buffers, pong: func() error { return c.write(context.Background(), []byte("PONG\r\n")) }}
	var report strings.Builder
	var end error
	for end == nil {
		var p Packet
		if p, end = c.in.next(Left, nil); end != nil {
			break
		}
		if size := len(p.frame()); size > limit || len(p.message.space) != len(NewMessage(limit).space) {
			t.Errorf("a frame of %d bytes in %d, the limit is %d", size, len(p.message.space), limit)
		}
		fmt.Fprintf(&report, "frame %q\n", p.frame())
		p.Release()
	}
	if !errors.Is(end, io.EOF) && !errors.Is(end, io.ErrUnexpectedEOF) && !errors.Is(end, ErrProtocol) && !errors.Is(end, ErrCorrupt) {
		t.Errorf("ends with %v", end)
	}
	fmt.Fprintf(&report, "answers %q\nend: %v", conn.answers.String(), end)
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
