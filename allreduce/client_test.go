package allreduce

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// A small client and nats.go understand each other, for payloads of any size up to the limit.
func TestClientSpeaksWithNatsGo(t *testing.T) {
	s := startServer(t)
	other := dial(t, s)
	const limit = 100_000
	packets := make(chan Packet, 16)
	c := connectClient(t, s, "to.small", inlet{side: Left, pool: &pool{bytes: limit}, out: packets})
	sub, err := other.SubscribeSync("to.other")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 2, 4095, 4096, 4097, 64<<10 - 1, 64 << 10, 64<<10 + 1, limit} {
		payload := bytes.Repeat([]byte("\r\nMSG 9"), size/7+1)[:size] // looks like protocol on purpose
		for _, header := range []string{"to.small", "to.small with.reply"} {
			subject, reply, _ := strings.Cut(header, " ")
			if err := other.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: payload}); err != nil {
				t.Fatal(err)
			}
			if got := nextPacket(t, packets); got.From != Left || got.frame() == nil || !bytes.Equal(got.frame(), payload) {
				t.Fatalf("%d bytes published by nats.go: %d came", size, len(got.frame()))
			}
		}
		m := NewMessage(limit)
		m.Set(payload)
		if err := c.publish(t.Context(), []byte("PUB to.other "), m); err != nil {
			t.Fatal(err)
		}
		got, err := sub.NextMsg(10 * time.Second)
		if err != nil || !bytes.Equal(got.Data, payload) {
			t.Fatalf("%d bytes published by the client: error %v", size, err)
		}
	}
	if err := other.Publish("to.small", make([]byte, limit+1)); err != nil {
		t.Fatal(err)
	}
	if last := nextPacket(t, packets); last.frame() != nil {
		t.Fatalf("a message beyond the limit came as %d bytes", len(last.frame()))
	}
	if <-c.done; !errors.Is(c.end, ErrCorrupt) {
		t.Errorf("a message beyond the limit ends with %v, want ErrCorrupt", c.end)
	}
}

// When newClient returns the server knows the subscription: what is published next arrives.
func TestClientIsSubscribedWhenItReturns(t *testing.T) {
	s := startServer(t)
	other := dial(t, s)
	for range 50 {
		packets := make(chan Packet, 2)
		c := connectClient(t, s, "here", inlet{pool: &pool{bytes: 100}, out: packets})
		if err := other.Publish("here", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := other.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := nextPacket(t, packets); string(got.frame()) != "x" {
			t.Fatalf("%q came", got.frame())
		}
		noErrors(t, []error{c.close()})
	}
}

// A server pings its clients and drops those that do not answer.
func TestClientAnswersPings(t *testing.T) {
	s := startServer(t, func(o *server.Options) {
		o.PingInterval = 20 * time.Millisecond
		o.MaxPingsOut = 1
	})
	packets := make(chan Packet, 2)
	counted := &countingConn{wrote: make(chan string, 1)}
	c := connectClient(t, s, "here", inlet{pool: &pool{bytes: 100}, out: packets}, counted.around)
	for pongs := 0; pongs < 10; { // nine intervals more than an unanswered ping is forgiven
		select {
		case wrote := <-counted.wrote:
			if wrote == "PONG\r\n" {
				pongs++
			}
		case <-c.done:
			t.Fatalf("the server ended the connection after %d pongs: %v", pongs, c.end)
		case <-time.After(10 * time.Second):
			t.Fatalf("%d pongs in 10 s", pongs)
		}
	}
}

func TestClientWithTheWrongTokenIsTurnedAway(t *testing.T) {
	s := startServer(t, func(o *server.Options) { o.Authorization = "right" })
	for _, token := range []string{"wrong", ""} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = newPumped(t.Context(), conn, token, "here", inlet{pool: &pool{bytes: 100}})
		if !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), "Authorization Violation") {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

// A server that speaks something else ends a client with a named error, and takes no
// memory for what it announces.
func TestClientRefusesWhatIsNotNATS(t *testing.T) {
	endless := strings.Repeat("x", 1<<20)
	for name, test := range map[string]struct {
		says string
		want error
	}{
		"oversized message": {"MSG here 1 999999999\r\n" + endless, ErrCorrupt},
		"size beyond int":   {"MSG here 1 99999999999999999999999\r\n", ErrProtocol},
		"negative size":     {"MSG here 1 -5\r\n", ErrProtocol},
		"no line end":       {"MSG here 1 2\r\nabxxPING\r\n", ErrProtocol},
		"no size":           {"MSG here 1 \r\n", ErrProtocol},
		"size is a word":    {"MSG here 1 many\r\n", ErrProtocol},
		"message too long":  {"MSG here 1 2\r\nabcd\r\n", ErrProtocol},
		"endless line":      {endless, ErrProtocol},
		"message with head": {"HMSG here 1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n", ErrProtocol},
		"error":             {"-ERR 'Slow Consumer'\r\n", ErrProtocol},
		"unknown verb":      {"HTTP/1.1 400 Bad Request\r\n\r\n", ErrProtocol},
		"lower case":        {"msg here 1 0\r\n\r\n", ErrProtocol},
		"empty line":        {"\r\n", ErrProtocol},
		"end in a line":     {"MSG he", io.ErrUnexpectedEOF},
		"end in a message":  {"MSG here 1 5\r\nab", io.ErrUnexpectedEOF},
		"end":               {"", io.EOF},
		"after INFO":        {"INFO {\"ldm\":true}\r\n+OK\r\nPONG\r\nMSG here 1 2\r\nok\r\nMSG", io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			packets := make(chan Packet, 2)
			c, err := clientOf(t, "INFO {}\r\n", "PONG\r\nPONG\r\n"+test.says, inlet{pool: &pool{bytes: 1000}, out: packets})
			if err != nil {
				t.Fatal(err)
			}
			<-c.done
			if !errors.Is(c.end, test.want) {
				t.Errorf("%v, want %v", c.end, test.want)
			}
			if name == "after INFO" && string((<-packets).frame()) != "ok" {
				t.Error("the message after an INFO did not come")
			}
			noErrors(t, []error{c.close()})
		})
	}
}

// The same during the greeting.
// A process that is stopped still has connections accepted in its name. Whoever waits for
// its greeting goes when told to, with the reason.
func TestClientWaitsForNoGreetingOnceItIsToldToGo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // nobody takes what it accepts
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	reason := errors.New("another ring is formed")
	ctx, cancel := context.WithCancelCause(t.Context())
	began := time.Now()
	time.AfterFunc(50*time.Millisecond, func() { cancel(reason) })
	_, err = dialClient(ctx, Neighbour{URL: "nats://word@" + listener.Addr().String()}, "here", clientTimeout, &pool{bytes: DefaultChunkBytes})
	if !errors.Is(err, reason) {
		t.Errorf("after %s: %v, want the reason", time.Since(began), err)
	}
}

func TestClientRefusesAStrangeGreeting(t *testing.T) {
	for name, says := range map[string][2]string{
		"not INFO":        {"SSH-2.0-OpenSSH\r\n", ""},
		"endless":         {strings.Repeat("INFO ", 1000), ""},
		"error for SUB":   {"INFO {}\r\n", "-ERR 'Permissions Violation'\r\n"},
		"frames for ever": {"INFO {}\r\n", strings.Repeat("MSG here 1 0\r\n\r\n", spareMessages+1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := clientOf(t, says[0], says[1], inlet{pool: &pool{bytes: 100}})
			if !errors.Is(err, ErrProtocol) || strings.Contains(err.Error(), "%!") {
				t.Errorf("%v, want ErrProtocol", err)
			}
		})
	}
	t.Run("silence", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		ours, theirs := net.Pipe()
		defer theirs.Close()
		if _, err := newPumped(ctx, ours, "", "here", inlet{pool: &pool{bytes: 100}}); err == nil {
			t.Error("a server that says nothing was accepted")
		}
	})
}

// A publisher may be quicker than the server's answer to the greeting: nothing is lost.
func TestClientKeepsWhatComesBeforeThePong(t *testing.T) {
	packets := make(chan Packet, 4)
	c, err := clientOf(t, "INFO {}\r\n", "PONG\r\nMSG here 1 3\r\none\r\nMSG here 1 3\r\ntwo\r\nPONG\r\nMSG here 1 5\r\nthree\r\n",
		inlet{side: Right, pool: &pool{bytes: 100}, out: packets})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two", "three"} {
		if got := nextPacket(t, packets); string(got.frame()) != want || got.From != Right {
			t.Errorf("%q came from the %v, want %q", got.frame(), got.From, want)
		}
	}
	noErrors(t, []error{c.close()})
}

// clientOf connects a client to a server that says first, hears the client's greeting,
// says then, and ends its side of the connection.
func clientOf(t *testing.T, first, then string, in inlet) (*pumped, error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer listener.Close()
		conn, err := listener.Accept()
		if err != nil {
			return // the test has failed to dial
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, first); err != nil {
			return // the client has refused already
		}
		if _, err := conn.Read(make([]byte, 1000)); err != nil {
			return
		}
		io.WriteString(conn, then) // fails when the client refuses a part of it
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn) // until the client ends its side: what lies unread would reset the connection
	}()
	t.Cleanup(func() {
		listener.Close()
		<-over
	})
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return newPumped(t.Context(), conn, "", "here", in)
}

// connectClient dials the server, through whatever is to be put around the connection.
func connectClient(t *testing.T, s *server.Server, subject string, in inlet, around ...func(net.Conn) net.Conn) *pumped {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range around {
		conn = f(conn)
	}
	c, err := newPumped(t.Context(), conn, "", subject, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	return c
}

func nextPacket(t *testing.T, packets <-chan Packet) Packet {
	t.Helper()
	select {
	case p := <-packets:
		return p
	case <-time.After(10 * time.Second):
		t.Fatal("no packet within 10 s")
	}
	return Packet{}
}

// countingConn reports what is written.
type countingConn struct {
	net.Conn
	wrote chan string
}

func (c *countingConn) around(conn net.Conn) net.Conn {
	c.Conn = conn
	return c
}

func (c *countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	select {
	case c.wrote <- string(b):
	default:
	}
	return n, err
}

// What a peer can make a client keep is bounded by the limit, whatever it announces.
func TestSizesFromTheWireTakeNoMemory(t *testing.T) {
	line := []byte("MSG rm.test.1.0.data 1 999999999")
	for range 3 {
		got := testing.AllocsPerRun(10, func() {
			if _, err := messageSize(line, 1000); err == nil {
				t.Fatal("accepted")
			}
		})
		if got > 20 {
			t.Errorf("%v allocations for a size that is refused", got)
		}
	}
}
