package allreduce

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sumCase is a ring of any shape and what is summed on it.
type sumCase struct {
	Options    Options
	Seed       uint64
	Operations []sumOperation
}

// sumOperation is one all-reduce of a sumCase.
type sumOperation struct {
	Wire   WireID
	Length int
	Bounds []int // of WithSegments; nil for none
	Keep   bool  // bfloat16 or int8 with a residual
	Twice  bool  // once more with the residual that the first left
}

// anySum draws shapes for which everything must be right.
var anySum = rapid.Custom(func(t *rapid.T) sumCase {
	c := sumCase{Options: testOptions(rapid.IntRange(1, 8).Draw(t, "world")), Seed: rapid.Uint64().Draw(t, "seed")}
	c.Options.ChunkBytes = headerBytes + rapid.SampledFrom([]int{8, 12, 30, 100, 300, 1000, 20000}).Draw(t, "payload bytes")
	c.Options.Window = rapid.IntRange(1, 9).Draw(t, "window")
	operation := rapid.Custom(func(t *rapid.T) sumOperation {
		o := sumOperation{
			Wire:   rapid.SampledFrom([]WireID{WireFloat32, WireFloat64, WireBFloat16, WireInt8}).Draw(t, "wire"),
			Length: rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 3000)).Draw(t, "length"),
		}
		if o.Wire != WireFloat64 && rapid.Bool().Draw(t, "cut unevenly") {
			cut := rapid.OneOf(rapid.IntRange(0, o.Length), rapid.SampledFrom([]int{0, o.Length / 2, o.Length}))
			o.Bounds = rapid.SliceOfN(cut, c.Options.World-1, c.Options.World-1).Draw(t, "bounds")
			slices.Sort(o.Bounds)
		}
		if o.Wire == WireBFloat16 || o.Wire == WireInt8 {
			o.Keep = rapid.Bool().Draw(t, "residual")
			o.Twice = o.Keep && rapid.Bool().Draw(t, "twice")
		}
		return o
	})
	c.Operations = rapid.SliceOfN(operation, 1, 4).Draw(t, "operations")
	return c
})

// Every rank ends with the same bits, those of the documented order, within the bound of
// the wire format; for any shape, over any number of operations on one ring.
func TestAnySum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anySum.Draw(t, "case")
		if err := c.on(openAll(t, NewMemory(c.Options.World), c.Options)); err != nil {
			t.Fatal(err)
		}
	})
}

// The same on real NATS, with fewer cases.
func TestAnySumOverNATS(t *testing.T) {
	for name, topology := range topologies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connect := topology(t, 8)
			for seed := range 15 {
				c := anySum.Example(seed)
				c.Options.Generation = uint64(seed) // the rings follow each other over the same connections
				if err := c.on(openOver(t, connect, c.Options)); err != nil {
					t.Fatalf("seed %d, %+v: %v", seed, c, err)
				}
			}
			// One that fills the window and the sockets many times over.
			c := sumCase{Options: testOptions(2), Operations: []sumOperation{
				{Wire: WireFloat32, Length: 1_000_003}, {Wire: WireBFloat16, Length: 1_000_003, Keep: true},
				{Wire: WireInt8, Length: 3_000_017, Keep: true, Twice: true},
			}}
			c.Options.Generation = 1000
			if err := c.on(openOver(t, connect, c.Options)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// on carries the case out and closes the rings.
func (c sumCase) on(rings []*Ring) error {
	defer abandonAll(rings)
	random := rand.New(rand.NewPCG(1, c.Seed))
	for i, o := range c.Operations {
		var err error
		switch o.Wire {
		case WireFloat64:
			err = checkFloat64(rings, randomVectors[float64](random, len(rings), o.Length))
		case WireFloat32:
			err = checkFloat32(rings, randomVectors[float32](random, len(rings), o.Length), o.Bounds)
		case WireBFloat16:
			err = checkRounded(rings, random, o, bfloat16Reference)
		case WireInt8:
			err = checkRounded(rings, random, o, int8Reference(rings[0].options.ChunkBytes))
		}
		if err != nil {
			return fmt.Errorf("operation %d (%+v): %w", i, o, err)
		}
	}
	for rank, err := range onEveryRank(len(rings), func(rank int) error { return rings[rank].Close() }) {
		if err != nil {
			return fmt.Errorf("close of rank %d: %w", rank, err)
		}
	}
	return nil
}

func checkFloat64(rings []*Ring, vectors [][]float64) error {
	sums := cloneAll(vectors)
	if err := reduceOn(rings, func(rank int) error { return rings[rank].AllReduce64(context.Background(), sums[rank]) }); err != nil {
		return err
	}
	return allHave(sums, inDocumentedOrder(vectors))
}

func checkFloat32(rings []*Ring, vectors [][]float32, bounds []int) error {
	sums := cloneAll(vectors)
	if err := reduceOn(rings, func(rank int) error {
		return rings[rank].AllReduce(context.Background(), sums[rank], WithSegments(bounds))
	}); err != nil {
		return err
	}
	if err := allHave(sums, inOrderOfSegments(vectors, bounds)); err != nil {
		return err
	}
	// N−1 roundings, each of at most half a unit in the last place of a partial sum.
	return withinBound(sums[0], vectors, float64(len(rings)-1)*0x1p-24*1.001, false)
}

// rounding is a format that rounds what it sends.
type rounding struct {
	option func(residual []float32) Option
	// round rounds a segment in place and returns what that took.
	round func(segment []float32) (lost []float32)
	// bound is what one rank's rounding is off by at most, of the largest partial sum.
	bound float64
	// largest says whether that is the largest in the vector, or the element's own.
	largest bool
}

var bfloat16Reference = rounding{
	option: WithBFloat16, bound: 0x1p-8,
	round: func(segment []float32) []float32 {
		lost := slices.Clone(segment)
		for i, v := range segment {
			segment[i] = widenBFloat16(roundBFloat16(v))
			lost[i] -= segment[i]
		}
		return lost
	},
}

// int8Reference rounds with plain Go's loops, message by message.
func int8Reference(chunkBytes int) rounding {
	perChunk := WireInt8.Packing().PerChunk(chunkBytes - headerBytes)
	return rounding{
		option: WithInt8, bound: 1.0 / 252, largest: true,
		round: func(segment []float32) (lost []float32) {
			for chunk := range slices.Chunk(segment, perChunk) {
				lostHere, payload := make([]float32, len(chunk)), make([]byte, WireInt8.Packing().Bytes(len(chunk)))
				roundInt8Go(payload[:len(chunk)], payload[len(chunk):], chunk, lostHere)
				lost = append(lost, lostHere...)
			}
			return lost
		},
	}
}

func checkRounded(rings []*Ring, random *rand.Rand, o sumOperation, w rounding) error {
	var kept, want [][]float32 // residuals; nil where they are not kept
	if o.Keep {
		kept, want = zeros(len(rings), o.Length), zeros(len(rings), o.Length)
	}
	for range map[bool]int{false: 1, true: 2}[o.Twice] {
		vectors := randomVectors[float32](random, len(rings), o.Length)
		sums, fed := cloneAll(vectors), cloneAll(vectors)
		if err := reduceOn(rings, func(rank int) error {
			var residual []float32
			if o.Keep {
				residual = kept[rank]
				for i := range residual {
					fed[rank][i] += residual[i]
				}
			}
			return rings[rank].AllReduce(context.Background(), sums[rank], WithSegments(o.Bounds), w.option(residual))
		}); err != nil {
			return err
		}
		if err := allHave(sums, roundedInOrder(fed, want, o.Bounds, w)); err != nil {
			return err
		}
		for rank := range kept {
			if err := sameBits(kept[rank], want[rank]); err != nil {
				return fmt.Errorf("residual of rank %d: %w", rank, err)
			}
		}
		if o.Keep {
			if err := nothingIsLost(sums[0], fed, kept); err != nil {
				return err
			}
		}
		// Every rank's share is rounded at most once a hop.
		if err := withinBound(sums[0], fed, float64(len(rings))*w.bound*1.05, w.largest); err != nil {
			return err
		}
	}
	return nil
}

// nothingIsLost holds a sum and all ranks' residuals, added up in float64, against the sum of
// what the ranks brought: they differ by the roundings of float32 additions alone.
func nothingIsLost(sum []float32, fed, kept [][]float32) error {
	if len(fed) == 1 {
		return nil
	}
	for i, v := range sum {
		got, want, size := float64(v), 0.0, 0.0
		for rank := range fed {
			got += float64(kept[rank][i])
			want += float64(fed[rank][i])
			size += math.Abs(float64(fed[rank][i])) + math.Abs(float64(kept[rank][i]))
		}
		if math.Abs(got-want) > float64(len(fed))*0x1p-23*size {
			return fmt.Errorf("element %d and its residuals are %v, the ranks brought %v", i, got, want)
		}
	}
	return nil
}

// roundedInOrder sums in the documented order, rounding at every hop, and sets
// the ranks' residuals to what their roundings took. A ring of one sends nothing and rounds
// nothing.
func roundedInOrder(vectors, residuals [][]float32, bounds []int, w rounding) []float32 {
	world, length := len(vectors), len(vectors[0])
	if world == 1 {
		return vectors[0]
	}
	out := make([]float32, length)
	for s := range world {
		lo, hi := cut(bounds, world, length, s), cut(bounds, world, length, s+1)
		sum := out[lo:hi]
		for k := range world {
			rank := (s + k) % world
			for i := range sum {
				sum[i] += vectors[rank][lo+i]
			}
			lost := w.round(sum)
			if residuals != nil {
				copy(residuals[rank][lo:hi], lost)
			}
		}
	}
	return out
}

// withinBound holds sums against the same sums in float64: each may be off by bound times
// the sum of the absolute values: the element's own, or the largest in each vector.
func withinBound(sums []float32, vectors [][]float32, bound float64, ofLargest bool) error {
	if len(vectors) == 1 {
		return nil
	}
	var largest float64
	for _, v := range vectors {
		of := 0.0
		for _, x := range v {
			of = max(of, math.Abs(float64(x)))
		}
		largest += of
	}
	for i, sum := range sums {
		var exact, size float64
		for _, v := range vectors {
			exact += float64(v[i])
			size += math.Abs(float64(v[i]))
		}
		if ofLargest {
			size = largest
		}
		if math.Abs(float64(sum)-exact) > bound*size {
			return fmt.Errorf("element %d is %v, in float64 %v: off by more than %v", i, sum, exact, bound*size)
		}
	}
	return nil
}

// reduceOn runs f on every rank and returns the first rank's error.
func reduceOn(rings []*Ring, f func(rank int) error) error {
	for rank, err := range onEveryRank(len(rings), f) {
		if err != nil {
			return fmt.Errorf("rank %d: %w", rank, err)
		}
	}
	return nil
}

// allHave says which rank's sum is not the one wanted.
func allHave[E element](sums [][]E, want []E) error {
	for rank := range sums {
		if err := sameBits(sums[rank], want); err != nil {
			return fmt.Errorf("rank %d: %w", rank, err)
		}
	}
	return nil
}

func zeros(world, length int) [][]float32 {
	out := make([][]float32, world)
	for rank := range out {
		out[rank] = make([]float32, length)
	}
	return out
}
