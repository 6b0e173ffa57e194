package allreduce

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// duringOperation makes f happen when rank 1 sends its twentieth chunk.
func duringOperation(connect connector, f func()) connector {
	return func(ctx context.Context, o Options) (Transport, error) {
		transport, err := connect(ctx, o)
		if err != nil || o.Rank != 1 {
			return transport, err
		}
		return &faulty{Transport: transport, edit: atData(20, func(frame []byte) [][]byte {
			f()
			return [][]byte{frame}
		})}, nil
	}
}

// sumOnce opens a ring and sums on it.
func sumOnce(t *testing.T, connect connector, options Options) []error {
	t.Helper()
	rings := openOver(t, connect, options)
	defer abandonAll(rings)
	vectors := randomVectors[float32](rand.New(rand.NewPCG(7, options.Generation)), options.World, 300_000)
	errs, sums := reduceAll(rings, vectors)
	for rank, want := range sums {
		if errs[rank] == nil {
			if err := sameBits(want, inDocumentedOrder(vectors)); err != nil {
				t.Errorf("rank %d has no error and a wrong sum: %v", rank, err)
			}
		}
	}
	return errs
}

// A broker that is restarted under a ring: every rank sees its link end, at once, and the
// next ring works over new connections to the same address.
func TestRingsSurviveARestartOfTheBroker(t *testing.T) {
	const world = 3
	s := startServer(t)
	connect, conns := brokerAt(t, s, world)
	options := testOptions(world)
	options.ChunkBytes = 4096
	port := s.Addr().(*net.TCPAddr).Port
	errs := sumOnce(t, duringOperation(connect, func() {
		s.Shutdown()
		s.WaitForShutdown()
	}), options)
	for rank, err := range errs {
		// The others' aborts may be faster than a rank's own connection.
		if !errors.Is(err, ErrLinkLost) && !errors.As(err, new(*PeerError)) {
			t.Errorf("rank %d: %v, want ErrLinkLost", rank, err)
		}
		conns[rank].Close()
	}
	again := startServer(t, func(o *server.Options) { o.Port = port })
	connect, _ = brokerAt(t, again, world)
	options.Generation++
	noErrors(t, sumOnce(t, connect, options))
}

// brokerAt links all ranks through a server, a connection each.
func brokerAt(t *testing.T, s *server.Server, world int) (connector, []*nats.Conn) {
	conns := make([]*nats.Conn, world)
	for rank := range conns {
		conns[rank] = dial(t, s)
	}
	return func(ctx context.Context, o Options) (Transport, error) { return NewBroker(ctx, conns[o.Rank], o) }, conns
}

// A rank whose endpoint ends is named by all others at once, and the next ring works over
// a new endpoint and the others' old ones.
func TestRingsSurviveTheEndOfAnEndpoint(t *testing.T) {
	const world, ended = 3, 1
	_, endpoints := overMesh(t, world)
	connect := func(ctx context.Context, o Options) (Transport, error) {
		return endpoints[o.Rank].Connect(ctx, endpoints[o.left()].URL(), o)
	}
	options := testOptions(world) // deadlines far away
	options.ChunkBytes = 4096
	for rank, err := range sumOnce(t, duringOperation(connect, endpoints[ended].Close), options) {
		var peer *PeerError
		switch {
		case rank == ended:
			if !errors.Is(err, ErrLinkLost) && !errors.As(err, &peer) {
				t.Errorf("the rank itself: %v, want ErrLinkLost", err)
			}
		case !errors.As(err, &peer) || peer.Rank != ended || !errors.Is(err, ErrPeerGone) && !errors.Is(err, ErrPeerAborted):
			t.Errorf("rank %d: %v, want rank %d", rank, err, ended)
		}
	}
	e, err := NewEndpoint("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	endpoints[ended] = e
	options.Generation++
	noErrors(t, sumOnce(t, connect, options))
}

// An endpoint keeps all that a window may hold for a neighbour that does not read for a
// while, however wide the window.
func TestEndpointKeepsAWideWindow(t *testing.T) {
	const messages = 80
	e, err := NewEndpoint("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	packets := make(chan Packet) // not read at first: the client's reader stands still
	in := inlet{side: Left, pool: &pool{bytes: maxChunkBytes}, out: packets}
	reading, err := dialClient(t.Context(), Neighbour{URL: e.URL()}, "here", clientTimeout, in.pool)
	if err != nil {
		t.Fatal(err)
	}
	reader := pump(reading, in)
	t.Cleanup(func() { reader.close() })
	conn, err := e.server.InProcessConn()
	if err != nil {
		t.Fatal(err)
	}
	writer, err := subscribed(t.Context(), conn, e.word, "nothing", in.pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.conn.Close() })
	m := NewMessage(maxChunkBytes)
	m.resize(maxChunkBytes)
	for range messages {
		if err := writer.publish(t.Context(), []byte("PUB here "), m); err != nil {
			t.Fatal(err)
		}
	}
	for n := range messages {
		p := nextPacket(t, packets)
		if len(p.frame()) != maxChunkBytes {
			t.Fatalf("after %d messages: %d bytes came", n, len(p.frame()))
		}
		p.Release()
	}
}
