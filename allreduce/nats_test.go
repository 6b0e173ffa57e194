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

// startServer runs an embedded NATS server on a free port.
func startServer(t testing.TB) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
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

func dial(t testing.TB, s *server.Server, options ...nats.Option) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL(), append(NATSOptions(10*time.Second), options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// broker links all ranks through one server, a connection each.
func broker(t testing.TB, world int) []NATSLinks {
	s := startServer(t)
	links := make([]NATSLinks, world)
	for rank := range links {
		conn := dial(t, s)
		links[rank] = NATSLinks{Local: conn, Left: conn}
	}
	return links
}

// mesh links the ranks through a server each: in-process to the own one, over TCP to
// the left neighbour's.
func mesh(t testing.TB, world int) ([]NATSLinks, []*server.Server) {
	servers := make([]*server.Server, world)
	for rank := range servers {
		servers[rank] = startServer(t)
	}
	links := make([]NATSLinks, world)
	for rank := range links {
		links[rank] = NATSLinks{
			Local: dial(t, servers[rank], nats.InProcessServer(servers[rank])),
			Left:  dial(t, servers[mod(rank-1, world)]),
		}
	}
	return links, servers
}

// openNATS opens a ring over NATS, each rank subscribing when it likes.
func openNATS(t fataler, links []NATSLinks, options Options) []*Ring {
	t.Helper()
	rings := make([]*Ring, len(links))
	options.World = len(links)
	noErrors(t, onEveryRank(len(links), func(rank int) error {
		o := options
		o.Rank = rank
		transport, err := NewNATS(context.Background(), links[rank], o)
		if err != nil {
			return err
		}
		rings[rank], err = Open(context.Background(), transport, o)
		return err
	}))
	return rings
}

func TestNATS(t *testing.T) {
	topologies := map[string]func(t testing.TB, world int) []NATSLinks{
		"broker": broker,
		"mesh":   func(t testing.TB, world int) []NATSLinks { links, _ := mesh(t, world); return links },
	}
	for name, topology := range topologies {
		for _, world := range []int{2, 3} {
			t.Run(fmt.Sprint(name, " ", world), func(t *testing.T) {
				links := topology(t, world)
				for generation := range uint64(2) { // the second ring runs over the same connections
					options := testOptions(world)
					options.Generation = generation
					rings := openNATS(t, links, options)
					random := rand.New(rand.NewPCG(4, generation))
					long := 1_000_003 // 4 MB
					if world > 2 || generation > 0 {
						long = 100_003
					}
					for _, length := range []int{1, 0, 1000, long, 2} {
						vectors := randomVectors[float32](random, world, length)
						errs, sums := reduceAll(rings, vectors)
						noErrors(t, errs)
						want := inDocumentedOrder(vectors)
						for rank := range sums {
							if err := sameBits(sums[rank], want); err != nil {
								t.Fatalf("length %d, rank %d: %v", length, rank, err)
							}
						}
					}
					closeAll(t, rings)
				}
			})
		}
	}
}

// A killed process takes its server and its connections with it: its right
// neighbour sees that and the others hear of it.
func TestNATSMeshNamesAKilledRank(t *testing.T) {
	const world, killed = 3, 1
	links, servers := mesh(t, world)
	options := testOptions(world) // deadlines far away
	rings := openNATS(t, links, options)
	defer abandonAll(rings)
	errs := onEveryRank(world, func(rank int) error {
		if rank == killed {
			servers[rank].Shutdown()
			links[rank].Local.Close()
			links[rank].Left.Close()
			return nil
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
func TestNATSBrokerNamesAKilledRank(t *testing.T) {
	const world, killed = 3, 2
	links := broker(t, world)
	options := testOptions(world)
	options.ProgressTimeout = 800 * time.Millisecond
	options.ChunkBytes = 1000
	options.World = world
	rings := make([]*Ring, world)
	sent := 0
	noErrors(t, onEveryRank(world, func(rank int) error {
		o := options
		o.Rank = rank
		transport, err := NewNATS(context.Background(), links[rank], o)
		if err != nil {
			return err
		}
		if rank == killed {
			transport = &faulty{Transport: transport, edit: func(_ Side, f []byte) [][]byte {
				if isKind(f, kindData) {
					if sent++; sent == 20 {
						links[killed].Local.Close()
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

func TestNATSNeedsRoomForAChunk(t *testing.T) {
	conn := dial(t, startServer(t))
	o := testOptions(2)
	if _, err := NewNATS(context.Background(), NATSLinks{Local: conn}, o); !errors.Is(err, ErrOptions) {
		t.Errorf("one connection missing: %v", err)
	}
	o.Run = "not a subject token."
	if _, err := NewNATS(context.Background(), NATSLinks{Local: conn, Left: conn}, o); !errors.Is(err, ErrOptions) {
		t.Errorf("bad run name: %v", err)
	}
}

// BenchmarkNATSMesh sums over two ranks with a server each, as `cluster: {nats: embedded}` does.
func BenchmarkNATSMesh(b *testing.B) {
	for _, length := range []int{1 << 10, 11_700_000} {
		b.Run(fmt.Sprint(length, " floats"), func(b *testing.B) {
			links, _ := mesh(b, 2)
			rings := openNATS(b, links, testOptions(2))
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
