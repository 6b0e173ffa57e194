package allreduce

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// stuckClient writes to somebody who reads nothing until the test does.
func stuckClient(t *testing.T, writeTimeout time.Duration) (*client, net.Conn) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return &client{conn: ours, writeTimeout: writeTimeout, in: reader{conn: ours, pool: &pool{bytes: 100}}}, theirs
}

// A write that does not get on ends with its own context, and with no other.
func TestWriteEndsWithItsContext(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	c, theirs := stuckClient(t, time.Hour)
	ended := make(chan error, 1)
	go func() { ended <- c.write(ctx, []byte("to nobody")) }()
	if _, err := theirs.Read(make([]byte, 1)); err != nil { // it is being written
		t.Fatal(err)
	}
	cancel(why)
	c.abortWrite(ctx)
	if err := <-ended; !errors.Is(err, why) {
		t.Fatalf("the write ended with %v, want its context's cause", err)
	}

	go func() { ended <- c.write(t.Context(), []byte("ab")) }()
	if _, err := theirs.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	c.abortWrite(ctx) // late
	if _, err := theirs.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatalf("the next write ended with %v", err)
	}
	if err := c.write(ctx, []byte("x")); !errors.Is(err, why) {
		t.Fatalf("a write for a context that has ended: %v, want its cause", err)
	}
}

// A write that does not get on is given the ring's own writeTimeout, not a fixed time.
func TestWriteHasItsPatience(t *testing.T) {
	const writeTimeout = 20 * time.Millisecond
	c, _ := stuckClient(t, writeTimeout)
	began := time.Now()
	err := c.write(t.Context(), []byte("to nobody"))
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("the write ended with %v, want a timeout", err)
	}
	if took := time.Since(began); took < writeTimeout {
		t.Errorf("it was given up after %v, writeTimeout is %v", took, writeTimeout)
	}
}

// A mesh's Send does not outlast its context, and blames nobody for that.
func TestSendEndsWithItsContext(t *testing.T) {
	why := errors.New("enough")
	for _, side := range []Side{Left, Right} {
		t.Run(side.String(), func(t *testing.T) {
			left, fromLeft := stuckClient(t, time.Hour)
			local, fromLocal := stuckClient(t, time.Hour)
			m := newMesh(left, local, testOptions(2).withDefaults())
			defer m.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := make(chan error, 1)
			message := NewMessage(100)
			message.resize(100)
			go func() { ended <- m.Send(ctx, side, message) }()
			if _, err := [...]net.Conn{Left: fromLeft, Right: fromLocal}[side].Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			cancel(why)
			if err := <-ended; !errors.Is(err, why) || errors.As(err, new(*LinkError)) {
				t.Errorf("Send ended with %v, want the context's cause and nobody's fault", err)
			}
		})
	}
}

// unsending cannot send to the left, for a reason of its own.
type unsending struct {
	Transport
	why error
}

func (u *unsending) Send(ctx context.Context, to Side, m *Message) error {
	if to == Left {
		return u.why
	}
	return u.Transport.Send(ctx, to, m)
}

// A rank that cannot send for a reason of its own does not blame its neighbour while the
// ring is opened; where the neighbour is the reason it does.
func TestOpenBlamesOnlyWhoIsTheReason(t *testing.T) {
	own := errors.New("no route")
	for name, why := range map[string]error{"own": own, "neighbour's": &LinkError{Side: Left, Err: own}} {
		t.Run(name, func(t *testing.T) {
			options := testOptions(2)
			transports := NewMemory(options.World)
			defer transports[1].Close()
			_, err := Open(t.Context(), &unsending{transports[0], why}, options)
			if !errors.Is(err, own) {
				t.Fatalf("Open: %v, want the transport's reason", err)
			}
			//nolint:errorlint // the case itself: the other cases wrap own
			if why == own && (!errors.Is(err, ErrLinkLost) || errors.As(err, new(*PeerError))) {
				t.Errorf("Open: %v, want ErrLinkLost and no rank", err)
			}
			//nolint:errorlint // as above
			if why != own && wantPeer(err, 1, ErrPeerGone) != nil {
				t.Error(wantPeer(err, 1, ErrPeerGone))
			}
		})
	}
}
