package allreduce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// quick are options for tests in which a peer fails: they do reach the timeouts.
func quick(world int) Options {
	o := testOptions(world)
	o.ChunkBytes = headerBytes + 64
	o.Window = 4
	o.ProgressTimeout = 800 * time.Millisecond
	return o
}

// wantPeer says what is wrong with err unless it names rank and cause.
func wantPeer(err error, rank int, cause error) error {
	var peer *PeerError
	if !errors.As(err, &peer) || peer.Rank != rank || !errors.Is(err, cause) {
		return fmt.Errorf("error is %v; want rank %d and %v", err, rank, cause)
	}
	return nil
}

// reduceAll runs one all-reduce on all rings and returns errors and sums.
func reduceAll(rings []*Ring, vectors [][]float32) ([]error, [][]float32) {
	sums := cloneAll(vectors)
	return onEveryRank(len(rings), func(rank int) error {
		return rings[rank].AllReduce(context.Background(), sums[rank])
	}), sums
}

// abandonAll closes rings that failed.
func abandonAll(rings []*Ring) {
	onEveryRank(len(rings), func(rank int) error { return rings[rank].Close() })
}

// A rank that falls silent in the middle, while its connections stay up, is named
// by all others, also by those that are not its neighbours.
func TestSilentRankIsNamedByAll(t *testing.T) {
	for world := 2; world <= 5; world++ {
		t.Run(fmt.Sprint(world, " ranks"), func(t *testing.T) {
			t.Parallel()
			const silent = 1
			options := quick(world)
			transports := NewMemory(world)
			sent := 0
			mute := &faulty{Transport: transports[silent]}
			mute.edit = func(_ Side, frame []byte) [][]byte {
				if isKind(frame, kindData) {
					sent++
				}
				if sent > 5 {
					return nil
				}
				return [][]byte{frame}
			}
			transports[silent] = mute
			rings := openAll(t, transports, options)
			defer abandonAll(rings)
			errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(1, 1)), world, 1000))
			for rank, err := range errs {
				if rank == silent {
					continue
				}
				if err := wantPeer(err, silent, ErrPeerSilent); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
				if err := rings[rank].AllReduce(context.Background(), make([]float32, 3)); !errors.Is(err, ErrBroken) {
					t.Errorf("rank %d: the next operation gives %v, want ErrBroken", rank, err)
				}
			}
		})
	}
}

// A rank whose connections end is named without waiting for any deadline.
func TestGoneRankIsNamedAtOnce(t *testing.T) {
	for world := 2; world <= 5; world++ {
		options := testOptions(world) // deadlines far away
		options.ChunkBytes = headerBytes + 64
		transports := NewMemory(world)
		const gone = 1
		kill := &faulty{Transport: transports[gone]}
		kill.edit = atData(5, func([]byte) [][]byte {
			kill.Close()
			return nil
		})
		transports[gone] = kill
		rings := openAll(t, transports, options)
		errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(1, 1)), world, 1000))
		for rank, err := range errs {
			if rank == gone {
				if err == nil {
					t.Errorf("world %d: the killed rank saw no error", world)
				}
				continue
			}
			if err := wantPeer(err, gone, ErrPeerGone); err != nil {
				t.Errorf("world %d, rank %d: %v", world, rank, err)
			}
		}
		abandonAll(rings)
	}
}

func TestRankThatNeverBeginsIsNamed(t *testing.T) {
	for world := 2; world <= 5; world++ {
		t.Run(fmt.Sprint(world, " ranks"), func(t *testing.T) {
			t.Parallel()
			options := quick(world)
			options.StartTimeout = 700 * time.Millisecond
			rings := openAll(t, NewMemory(world), options)
			defer abandonAll(rings)
			errs := onEveryRank(world, func(rank int) error {
				if rank == 1 {
					return nil
				}
				return rings[rank].AllReduce(context.Background(), make([]float32, 100))
			})
			for rank, err := range errs {
				if rank == 1 {
					continue
				}
				if err := wantPeer(err, 1, ErrPeerNotStarted); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
			}
			// Who comes late learns that it was given up.
			if err := wantPeer(rings[1].AllReduce(context.Background(), make([]float32, 100)), 1, ErrPeerNotStarted); err != nil {
				t.Errorf("late rank: %v", err)
			}
		})
	}
}

// A rank that computes for longer than ProgressTimeout before it begins is waited for.
func TestSlowStarterIsWaitedFor(t *testing.T) {
	const world = 3
	options := quick(world)
	options.StartTimeout = time.Minute
	transports := NewMemory(world)
	ticks := make(chan struct{})
	transports[0] = &counting{Transport: transports[0], ticks: ticks}
	rings := openAll(t, transports, options)
	vectors := randomVectors[float32](rand.New(rand.NewPCG(1, 1)), world, 500)
	sums := cloneAll(vectors)
	noErrors(t, onEveryRank(world, func(rank int) error {
		if rank == 1 {
			for range 12 { // eight ticks are one ProgressTimeout
				<-ticks
			}
		}
		return rings[rank].AllReduce(context.Background(), sums[rank])
	}))
	if err := sameBits(sums[2], inDocumentedOrder(vectors)); err != nil {
		t.Error(err)
	}
	closeAll(t, rings)
}

func TestRankThatNeverOpensIsNamed(t *testing.T) {
	options := testOptions(2)
	options.StartTimeout = 50 * time.Millisecond
	_, err := Open(context.Background(), NewMemory(2)[0], options)
	if err := wantPeer(err, 1, ErrPeerNotStarted); err != nil {
		t.Error(err)
	}
}

// Whoever cancels says why, and the others are told at once.
func TestCancelReportsItsCause(t *testing.T) {
	lost := errors.New("rank 2 missed its heartbeats")
	rings := openAll(t, NewMemory(3), testOptions(3))
	defer abandonAll(rings)
	ctx, cancel := context.WithCancelCause(context.Background())
	errs := onEveryRank(3, func(rank int) error {
		switch rank {
		case 0:
			return rings[0].AllReduce(ctx, make([]float32, 10))
		case 1:
			return rings[1].AllReduce(context.Background(), make([]float32, 10))
		}
		cancel(lost) // rank 2 never begins
		return nil
	})
	if !errors.Is(errs[0], lost) {
		t.Errorf("rank 0: %v, want the cause", errs[0])
	}
	if err := wantPeer(errs[1], 0, ErrPeerAborted); err != nil {
		t.Errorf("rank 1: %v", err)
	}
}

func TestCloseEndsARunningOperation(t *testing.T) {
	rings := openAll(t, NewMemory(2), testOptions(2))
	done := make(chan error)
	go func() { done <- rings[0].AllReduce(context.Background(), make([]float32, 10)) }()
	noErrors(t, []error{rings[0].Close()})
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("closed ring: %v", err)
	}
	if err := rings[0].AllReduce(context.Background(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := rings[1].AllReduce(context.Background(), make([]float32, 10)); !errors.Is(err, ErrPeerClosed) && !errors.Is(err, ErrPeerAborted) {
		t.Errorf("neighbour: %v, want ErrPeerClosed or ErrPeerAborted", err)
	}
	closeAll(t, rings)
}

// An operation that comes while Close is at work finds a closed ring, not a busy one.
func TestOperationDuringCloseFindsItClosed(t *testing.T) {
	rings := openAll(t, NewMemory(2), testOptions(2))
	defer closeAll(t, rings)
	rings[0].busy.Lock() // as Close does, after it ended the ring's life
	if err := rings[0].AllReduce(context.Background(), nil); !errors.Is(err, ErrBusy) {
		t.Errorf("while another operation runs: %v, want ErrBusy", err)
	}
	rings[0].end(ErrClosed)
	if err := rings[0].AllReduce(context.Background(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("while Close runs: %v, want ErrClosed", err)
	}
	rings[0].busy.Unlock()
}

// A ring may close as soon as its own last operation is done, though others are
// still in it.
func TestCloseDoesNotDisturbTheLastOperation(t *testing.T) {
	for seed := range uint64(50) {
		options := quick(3)
		options.ProgressTimeout = 30 * time.Second
		rings := openAll(t, NewMemory(3), options)
		vectors := randomVectors[float32](rand.New(rand.NewPCG(1, seed)), 3, int(seed)*3)
		sums := cloneAll(vectors)
		noErrors(t, onEveryRank(3, func(rank int) error {
			if err := rings[rank].AllReduce(context.Background(), sums[rank]); err != nil {
				return err
			}
			return rings[rank].Close()
		}))
	}
}

func TestMismatchIsNamed(t *testing.T) {
	t.Run("length", func(t *testing.T) {
		rings := openAll(t, NewMemory(2), testOptions(2))
		defer abandonAll(rings)
		errs := onEveryRank(2, func(rank int) error { return rings[rank].AllReduce(context.Background(), make([]float32, 100+rank)) })
		for rank, err := range errs {
			if !errors.Is(err, ErrMismatch) {
				t.Errorf("rank %d: %v", rank, err)
			}
		}
	})
	t.Run("type", func(t *testing.T) {
		rings := openAll(t, NewMemory(2), testOptions(2))
		defer abandonAll(rings)
		errs := onEveryRank(2, func(rank int) error {
			if rank == 0 {
				return rings[rank].AllReduce(context.Background(), make([]float32, 10))
			}
			return rings[rank].AllReduce64(context.Background(), make([]float64, 10))
		})
		for rank, err := range errs {
			if !errors.Is(err, ErrMismatch) {
				t.Errorf("rank %d: %v", rank, err)
			}
		}
	})
	for name, change := range map[string]func(*Options){
		"window":      func(o *Options) { o.Window++ },
		"chunk bytes": func(o *Options) { o.ChunkBytes = 1000 },
		"generation":  func(o *Options) { o.Generation++; o.StartTimeout = 200 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			transports := NewMemory(2)
			errs := onEveryRank(2, func(rank int) error {
				o := testOptions(2)
				o.Rank = rank
				o.StartTimeout = 300 * time.Millisecond
				if rank == 1 {
					change(&o)
				}
				ring, err := Open(context.Background(), transports[rank], o)
				if err == nil {
					err = errors.Join(ring.Close(), errors.New("opened"))
				}
				return err
			})
			if !errors.Is(errs[0], ErrMismatch) && !errors.Is(errs[1], ErrMismatch) {
				t.Errorf("errors %v and %v, want ErrMismatch", errs[0], errs[1])
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := Open(context.Background(), nil, Options{Rank: 3, World: 2, Run: "a.b", ChunkBytes: 7, Window: -1})
	if !errors.Is(err, ErrOptions) {
		t.Fatal(err)
	}
	for _, word := range []string{"Rank", "Run", "ChunkBytes", "Window"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error does not name %s: %v", word, err)
		}
	}
	if _, err := Open(context.Background(), nil, testOptions(2)); !errors.Is(err, ErrOptions) {
		t.Errorf("no transport: %v", err)
	}
	if err := (testOptions(2).withDefaults().check()); err != nil {
		t.Errorf("defaults: %v", err)
	}
}

func TestWorldOfOneIsImmediate(t *testing.T) {
	ring, err := Open(context.Background(), nil, testOptions(1))
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{1, 2}
	noErrors(t, []error{ring.AllReduce(context.Background(), x), ring.AllReduce(context.Background(), nil)})
	if x[0] != 1 || x[1] != 2 || ring.Stats().Operations != 2 {
		t.Errorf("x is %v, stats %+v", x, ring.Stats())
	}
	noErrors(t, []error{ring.Close(), ring.Close()})
	if err := ring.AllReduce(context.Background(), x); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A lost chunk that no later chunk follows: the sender has no credit left, and its
// sign of life says how many it sent.
func TestLastChunkOfTheWindowLost(t *testing.T) {
	options := quick(2)
	options.Window = 1
	transports := NewMemory(2)
	transports[1] = &faulty{Transport: transports[1], edit: atData(3, func([]byte) [][]byte { return nil })}
	rings := openAll(t, transports, options)
	defer abandonAll(rings)
	errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(8, 8)), 2, 777))
	for rank, err := range errs {
		if err := wantPeer(err, 1, ErrMissing); err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// The very last chunk lost: its sender is done and gone from the operation.
func TestLastChunkOfTheOperationLost(t *testing.T) {
	options := quick(2)
	transports := NewMemory(2)
	transports[1] = &faulty{Transport: transports[1], edit: atData(1, func([]byte) [][]byte { return nil })}
	rings := openAll(t, transports, options)
	defer abandonAll(rings)
	errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(8, 8)), 2, 32)) // two chunks a rank
	if errs[1] != nil {
		t.Errorf("rank 1: %v", errs[1])
	}
	if err := wantPeer(errs[0], 1, ErrPeerSilent); err != nil {
		t.Errorf("rank 0: %v", err)
	}
}

// A neighbour that fails in the next operation does not disturb this one.
func TestAbortOfTheNextOperationWaits(t *testing.T) {
	for op, now := range map[uint64]bool{4: true, 5: true, 6: false} {
		r := &Ring{options: testOptions(3).withDefaults(), op: 5, peers: [2]*neighbour{{rank: 2}, {rank: 1}}}
		err := r.handleAbort(Left, header{Op: op}, []byte{1, 0, 0, 0, 1})
		if !now {
			if err != nil || r.peers[Left].down == nil {
				t.Errorf("abort of operation %d in operation 5: error %v, down %v", op, err, r.peers[Left].down)
			}
			continue
		}
		if err := wantPeer(err, 1, ErrPeerSilent); err != nil {
			t.Errorf("abort of operation %d in operation 5: %v", op, err)
		}
	}
}

// Stale and repeated messages are ignored: the sum is right.
func TestHarmlessFaults(t *testing.T) {
	for name, edit := range map[string]func(Side, []byte) [][]byte{
		"repeated chunk": atData(3, func(f []byte) [][]byte { return [][]byte{f, f} }),
		"older generation before": atData(3, func(f []byte) [][]byte {
			return [][]byte{resealed(f, func(h *header) { h.Generation-- }, 1, 2, 3, 4), f}
		}),
		"everything twice": func(_ Side, f []byte) [][]byte { return [][]byte{f, f} },
		"credits lost until the next": func() func(Side, []byte) [][]byte {
			n := 0
			return func(_ Side, f []byte) [][]byte {
				if isKind(f, kindCredit) {
					if n++; n%2 == 1 {
						return nil
					}
				}
				return [][]byte{f}
			}
		}(),
		"hellos lost at first": func() func(Side, []byte) [][]byte {
			n := 0
			return func(_ Side, f []byte) [][]byte {
				if isKind(f, kindHello) {
					if n++; n <= 5 {
						return nil
					}
				}
				return [][]byte{f}
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := testOptions(3)
			options.ChunkBytes = headerBytes + 64
			options.ProgressTimeout = 10 * time.Second
			transports := NewMemory(3)
			transports[1] = &faulty{Transport: transports[1], edit: edit}
			rings := openAll(t, transports, options)
			defer abandonAll(rings)
			vectors := randomVectors[float32](rand.New(rand.NewPCG(8, 8)), 3, 777)
			errs, sums := reduceAll(rings, vectors)
			noErrors(t, errs)
			for rank := range sums {
				if err := sameBits(sums[rank], inDocumentedOrder(vectors)); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
			}
		})
	}
}

// A harmful fault gives the right cause, names the sender to all, and the place.
func TestHarmfulFaults(t *testing.T) {
	change := func(f func(*header)) func([]byte) [][]byte {
		return func(frame []byte) [][]byte { return [][]byte{resealed(frame, f)} }
	}
	for name, test := range map[string]struct {
		edit  func([]byte) [][]byte
		cause error
	}{
		"lost chunk":         {func([]byte) [][]byte { return nil }, ErrMissing},
		"flipped bit":        {func(f []byte) [][]byte { f[headerBytes+5] ^= 4; return [][]byte{f} }, ErrCorrupt},
		"cut short":          {func(f []byte) [][]byte { return [][]byte{f[:len(f)-4]} }, ErrCorrupt},
		"too short":          {func(f []byte) [][]byte { return [][]byte{f[:10]} }, ErrMissing},
		"damaged header":     {func(f []byte) [][]byte { f[40] ^= 1; return [][]byte{f} }, ErrMissing},
		"too long":           {func(f []byte) [][]byte { return [][]byte{append(f, make([]byte, 1000)...)} }, ErrCorrupt},
		"foreign run":        {change(func(h *header) { h.Run++ }), ErrUnexpected},
		"newer generation":   {change(func(h *header) { h.Generation++ }), ErrMismatch},
		"older operation":    {change(func(h *header) { h.Op-- }), ErrUnexpected},
		"next operation":     {change(func(h *header) { h.Op++ }), ErrUnexpected},
		"far operation":      {change(func(h *header) { h.Op = 1 << 60 }), ErrUnexpected},
		"other phase":        {change(func(h *header) { h.Phase = 3 - h.Phase }), ErrUnexpected},
		"other segment":      {change(func(h *header) { h.Segment++ }), ErrUnexpected},
		"other chunk":        {change(func(h *header) { h.Chunk++ }), ErrUnexpected},
		"other count":        {change(func(h *header) { h.Count-- }), ErrUnexpected},
		"other total":        {change(func(h *header) { h.Total = 1 << 62 }), ErrMismatch},
		"other element type": {change(func(h *header) { h.Wire = 77 }), ErrMismatch},
		"other sender":       {change(func(h *header) { h.From = 2 }), ErrUnexpected},
		"other world":        {change(func(h *header) { h.World = 4 }), ErrMismatch},
		"sequence ahead":     {change(func(h *header) { h.Seq++ }), ErrMissing},
		"wrong direction":    {change(func(h *header) { h.Kind = kindCredit }), ErrUnexpected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transports := NewMemory(3)
			transports[1] = &faulty{Transport: transports[1], edit: atData(4, test.edit)}
			options := quick(3)
			options.ProgressTimeout = 10 * time.Second
			rings := openAll(t, transports, options)
			defer abandonAll(rings)
			errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(8, 8)), 3, 777))
			for rank, err := range errs {
				if err := wantPeer(err, 1, test.cause); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
			}
			var peer *PeerError
			if errors.As(errs[2], &peer) && (peer.Op != 1 || peer.Phase == 0) {
				t.Errorf("rank 2 does not say where: %+v", peer)
			}
		})
	}
}
