package allreduce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startServer runs an embedded NATS server, on a free port unless an option names one.
func startServer(t testing.TB, options ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true}
	for _, option := range options {
		option(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("embedded NATS server did not start")
	}
	return s
}

func dial(t testing.TB, s *server.Server) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL(), BrokerOptions(10*time.Second)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// A connector makes the transport of one rank for one ring.
type connector func(ctx context.Context, o Options) (Transport, error)

// overBroker links all ranks through one server, a connection each.
func overBroker(t testing.TB, world int) (connector, []*nats.Conn) {
	s := startServer(t)
	conns := make([]*nats.Conn, world)
	for rank := range conns {
		conns[rank] = dial(t, s)
	}
	return func(ctx context.Context, o Options) (Transport, error) { return NewBroker(ctx, conns[o.Rank], o) }, conns
}

// overMesh gives each rank an endpoint.
func overMesh(t testing.TB, world int) (connector, []*Endpoint) {
	t.Helper()
	endpoints := make([]*Endpoint, world)
	for rank := range endpoints {
		e, err := NewEndpoint("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		endpoints[rank] = e
	}
	return func(ctx context.Context, o Options) (Transport, error) {
		return endpoints[o.Rank].Connect(ctx, endpoints[o.left()].URL(), o)
	}, endpoints
}

// openOver opens a ring, each rank connecting when it likes.
func openOver(t fataler, connect connector, options Options) []*Ring {
	t.Helper()
	rings := make([]*Ring, options.World)
	noErrors(t, onEveryRank(options.World, func(rank int) error {
		o := options
		o.Rank = rank
		transport, err := connect(context.Background(), o)
		if err != nil {
			return err
		}
		rings[rank], err = Open(context.Background(), transport, o)
		return err
	}))
	return rings
}

// topologies are the ways to lay a ring over NATS, for up to a number of ranks.
var topologies = map[string]func(t testing.TB, world int) connector{
	"broker": func(t testing.TB, world int) connector { c, _ := overBroker(t, world); return c },
	"mesh":   func(t testing.TB, world int) connector { c, _ := overMesh(t, world); return c },
}

// A killed process takes its server and its connections with it: its right
// neighbour sees that and the others hear of it.
func TestMeshNamesAKilledRank(t *testing.T) {
	const world, killed = 3, 1
	connect, endpoints := overMesh(t, world)
	rings := openOver(t, connect, testOptions(world)) // deadlines far away
	defer abandonAll(rings)
	errs := onEveryRank(world, func(rank int) error {
		if rank == killed {
			endpoints[rank].Close()
			return rings[rank].transport.Close()
		}
		return rings[rank].AllReduce(context.Background(), make([]float32, 1_000_000))
	})
	for rank, err := range errs {
		if rank != killed {
			if err := wantPeer(err, killed, ErrPeerGone); err != nil {
				t.Errorf("rank %d: %v", rank, err)
			}
		}
	}
}

// With a broker nobody sees a connection end: silence tells.
func TestBrokerNamesAKilledRank(t *testing.T) {
	const world, killed = 3, 2
	connect, conns := overBroker(t, world)
	options := testOptions(world)
	options.ProgressTimeout = 800 * time.Millisecond
	options.ChunkBytes = 1000
	options.World = world
	rings := make([]*Ring, world)
	sent := 0
	noErrors(t, onEveryRank(world, func(rank int) error {
		o := options
		o.Rank = rank
		transport, err := connect(context.Background(), o)
		if err != nil {
			return err
		}
		if rank == killed {
			transport = &faulty{Transport: transport, edit: func(_ Side, f []byte) [][]byte {
				if isKind(f, kindData) {
					if sent++; sent == 20 {
						conns[killed].Close()
					}
				}
				return [][]byte{f}
			}}
		}
		rings[rank], err = Open(context.Background(), transport, o)
		return err
	}))
	defer abandonAll(rings)
	errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(1, 1)), world, 50_000))
	for rank, err := range errs {
		if rank == killed {
			if !errors.Is(err, ErrLinkLost) {
				t.Errorf("the cut-off rank: %v, want ErrLinkLost", err)
			}
			continue
		}
		if err := wantPeer(err, killed, ErrPeerSilent); err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

func TestBrokerChecksWhatItIsGiven(t *testing.T) {
	o := testOptions(2)
	if _, err := NewBroker(context.Background(), nil, o); !errors.Is(err, ErrOptions) {
		t.Errorf("no connection: %v", err)
	}
	o.Run = "not a subject token."
	if _, err := NewBroker(context.Background(), dial(t, startServer(t)), o); !errors.Is(err, ErrOptions) {
		t.Errorf("bad run name: %v", err)
	}
}

// BenchmarkMesh sums over two ranks with a server each, in one process.
func BenchmarkMesh(b *testing.B) {
	for _, length := range []int{1 << 10, 11_700_000} {
		b.Run(fmt.Sprint(length, " floats"), func(b *testing.B) {
			connect, _ := overMesh(b, 2)
			rings := openOver(b, connect, testOptions(2))
			defer closeAll(b, rings)
			vectors := [][]float32{make([]float32, length), make([]float32, length)}
			b.SetBytes(int64(length) * 4)
			b.ResetTimer()
			noErrors(b, onEveryRank(2, func(rank int) error {
				for range b.N {
					if err := rings[rank].AllReduce(context.Background(), vectors[rank]); err != nil {
						return err
					}
				}
				return nil
			}))
		})
	}
}
