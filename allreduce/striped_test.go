package allreduce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"
)

// memoryStripes are the transports of a ring in memory, by rank and stripe.
func memoryStripes(world, stripes int) [][]Transport {
	byRank := make([][]Transport, world)
	for range stripes {
		for rank, t := range NewMemory(world) {
			byRank[rank] = append(byRank[rank], t)
		}
	}
	return byRank
}

func openStriped(t fataler, transports [][]Transport, options Options) []*Striped {
	t.Helper()
	rings := make([]*Striped, len(transports))
	noErrors(t, onEveryRank(len(rings), func(rank int) (err error) {
		o := options
		o.Rank = rank
		rings[rank], err = OpenStriped(context.Background(), transports[rank], o)
		return err
	}))
	return rings
}

func closeStriped(rings []*Striped) []error {
	return onEveryRank(len(rings), func(rank int) error { return rings[rank].Close() })
}

// stripedSum is a vector on a ring with stripes.
type stripedSum struct {
	options Options
	stripes int
	wire    WireID
	vectors [][]float32
	bounds  []int
}

func drawStripedSum(t *rapid.T) stripedSum {
	c := stripedSum{options: testOptions(rapid.IntRange(2, 5).Draw(t, "world")), stripes: rapid.IntRange(2, 4).Draw(t, "stripes")}
	c.wire = rapid.SampledFrom([]WireID{WireFloat32, WireBFloat16, WireInt8}).Draw(t, "wire")
	// Messages have room for whole blocks of int8, as the default's do.
	c.options.ChunkBytes = headerBytes + rapid.SampledFrom([]int{1032, 2000, 4128}).Draw(t, "payload bytes")
	c.options.Window = rapid.IntRange(1, 9).Draw(t, "window")
	length := rapid.OneOf(rapid.IntRange(0, 3000), rapid.IntRange(0, 60_000)).Draw(t, "length")
	c.vectors = randomVectors[float32](rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed"))), c.options.World, length)
	if rapid.Bool().Draw(t, "cut unevenly") {
		cut := rapid.OneOf(rapid.IntRange(0, length), rapid.SampledFrom([]int{0, length / 2, length}))
		c.bounds = rapid.SliceOfN(cut, c.options.World-1, c.options.World-1).Draw(t, "bounds")
		slices.Sort(c.bounds)
	}
	return c
}

// reducer is a ring with or without stripes.
type reducer interface {
	AllReduce(context.Context, []float32, ...Option) error
}

// sums are the ranks' vectors after two operations, and their residuals.
func (c stripedSum) sums(t fataler, rank func(int) reducer) (sums, residuals [][]float32) {
	t.Helper()
	sums, residuals = cloneAll(c.vectors), zeros(c.options.World, len(c.vectors[0]))
	for range 2 {
		noErrors(t, onEveryRank(c.options.World, func(i int) error {
			options := []Option{WithSegments(c.bounds)}
			switch c.wire {
			case WireBFloat16:
				options = append(options, WithBFloat16(residuals[i]))
			case WireInt8:
				options = append(options, WithInt8(residuals[i]))
			}
			return rank(i).AllReduce(context.Background(), sums[i], options...)
		}))
	}
	return sums, residuals
}

// Whatever is summed, stripes change no bit of it, in any format, nor of the residuals. In float32 that is also
// the sequential sum in the documented order.
func TestStripesChangeNoBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawStripedSum(t)
		single := openAll(t, NewMemory(c.options.World), c.options)
		defer abandonAll(single)
		want, wantResiduals := c.sums(t, func(rank int) reducer { return single[rank] })
		rings := openStriped(t, memoryStripes(c.options.World, c.stripes), c.options)
		defer closeStriped(rings)
		got, residuals := c.sums(t, func(rank int) reducer { return rings[rank] })
		for rank := range got {
			if err := sameBits(got[rank], want[rank]); err != nil {
				t.Fatalf("rank %d of %d, %d stripes: %v", rank, c.options.World, c.stripes, err)
			}
			if err := sameBits(residuals[rank], wantResiduals[rank]); err != nil {
				t.Fatalf("residual of rank %d of %d, %d stripes: %v", rank, c.options.World, c.stripes, err)
			}
		}
		if c.wire == WireFloat32 {
			once := inOrderOfSegments(c.vectors, c.bounds)
			twice := cloneAll(slices.Repeat([][]float32{once}, c.options.World))
			if err := sameBits(got[0], inOrderOfSegments(twice, c.bounds)); err != nil {
				t.Fatalf("%d stripes against the sequential sum: %v", c.stripes, err)
			}
		}
	})
}

// Over real servers, with vectors that fill windows and sockets: each stripe carries its part, the short vector
// goes over the first alone.
func TestStripesOverNATS(t *testing.T) {
	const world, stripes, length = 3, 4, 1_500_007
	_, endpoints := overMesh(t, world)
	options := testOptions(world)
	transports := make([][]Transport, world)
	noErrors(t, onEveryRank(world, func(rank int) (err error) {
		o := options
		o.Rank = rank
		transports[rank], err = endpoints[rank].ConnectStripes(context.Background(), Neighbour{URL: endpoints[o.left()].URL()}, o, stripes)
		return err
	}))
	rings := openStriped(t, transports, options)
	for name, length := range map[string]int{"long": length, "short": 1000, "empty": 0} {
		vectors := randomVectors[float32](rand.New(rand.NewPCG(1, 2)), world, length)
		sums := cloneAll(vectors)
		noErrors(t, onEveryRank(world, func(rank int) error { return rings[rank].AllReduce(context.Background(), sums[rank]) }))
		if err := allHave(sums, inDocumentedOrder(vectors)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for rank, ring := range rings {
		for i, stripe := range ring.stripes {
			want, operations := uint64(2*(world-1)*length*4/world/stripes), uint64(1)
			if i == 0 {
				operations = 3
			}
			if s := stripe.Stats(); s.BytesSent < want || s.BytesSent > want*11/10 || s.Operations != operations {
				t.Errorf("rank %d, stripe %d: %d bytes in %d operations, want a little over %d in %d", rank, i, s.BytesSent, s.Operations, want, operations)
			}
		}
		if s := ring.Stats(); s.Operations != 3 || s.BytesSent < 4*uint64(len(ring.stripes)) {
			t.Errorf("rank %d: %+v", rank, s)
		}
	}
	noErrors(t, closeStriped(rings))
}

// A stripe that breaks breaks the ring: every rank fails and names the rank at fault, on whichever of its
// stripes it happened, and nothing goes on over the others.
func TestAStripeThatBreaksBreaksTheRing(t *testing.T) {
	const world, stripes, guilty = 4, 3, 2
	for broken := range stripes {
		t.Run(fmt.Sprint("stripe ", broken), func(t *testing.T) {
			t.Parallel()
			options := quick(world)
			options.ChunkBytes = headerBytes + 1024
			transports := memoryStripes(world, stripes)
			var sent atomic.Int64
			mute := &faulty{Transport: transports[guilty][broken]}
			mute.edit = func(_ Side, frame []byte) [][]byte {
				if isKind(frame, kindData) && sent.Add(1) > 3 || sent.Load() > 3 {
					return nil
				}
				return [][]byte{frame}
			}
			transports[guilty][broken] = mute
			rings := openStriped(t, transports, options)
			defer closeStriped(rings)
			for rank, err := range onEveryRank(world, func(rank int) error {
				return rings[rank].AllReduce(context.Background(), make([]float32, 50_000))
			}) {
				if rank == guilty {
					if err == nil {
						t.Errorf("rank %d, whose stripe is dumb, has a sum", rank)
					}
				} else if err := wantPeer(err, guilty, ErrPeerSilent); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
			}
			for rank, ring := range rings { // a short vector, which the first stripe alone would carry
				if err := ring.AllReduce(context.Background(), []float32{1}); !errors.Is(err, ErrBroken) {
					t.Errorf("rank %d goes on: %v", rank, err)
				}
			}
		})
	}
}

// Whoever cancels says why, on all stripes; and what was closed says that.
func TestStripesEndTogether(t *testing.T) {
	const stripes = 3
	rings := openStriped(t, memoryStripes(2, stripes), testOptions(2))
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	var group errgroup.Group
	group.Go(func() error { return rings[0].AllReduce(ctx, make([]float32, 1_000_000)) })
	cancel(why)
	if err := group.Wait(); !errors.Is(err, why) {
		t.Errorf("cancelled: %v", err)
	}
	noErrors(t, closeStriped(rings))
	for _, ring := range rings {
		if err := ring.AllReduce(context.Background(), make([]float32, 1_000_000)); !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	}
}

// Rings with different numbers of stripes do not open.
func TestUnequalStripesDoNotOpen(t *testing.T) {
	two, one := memoryStripes(2, 2), memoryStripes(2, 1)
	two[0][0], two[1][0] = one[0][0], one[1][0]
	transports := [][]Transport{two[0], one[1]}
	errs := onEveryRank(2, func(rank int) error {
		o := quick(2)
		o.Rank = rank
		ring, err := OpenStriped(context.Background(), transports[rank], o)
		if err == nil {
			return ring.Close()
		}
		return err
	})
	if !errors.Is(errs[0], ErrMismatch) && !errors.Is(errs[1], ErrMismatch) {
		t.Errorf("got %v", errs)
	}
	_ = two[1][1].Close()
	for _, n := range []int{0, MaxStripes + 1} {
		if _, err := OpenStriped(context.Background(), make([]Transport, n), testOptions(1)); !errors.Is(err, ErrOptions) {
			t.Errorf("%d transports: %v", n, err)
		}
	}
}
