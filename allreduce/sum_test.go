package allreduce

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

func TestSumIsExactForAnyShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		options := testOptions(rapid.IntRange(1, 5).Draw(t, "world"))
		options.ChunkBytes = headerBytes + rapid.SampledFrom([]int{8, 12, 100, 1000, 20000}).Draw(t, "payload bytes")
		options.Window = rapid.IntRange(1, 9).Draw(t, "window")
		lengths := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 3000)), 1, 4).Draw(t, "lengths")
		random := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))

		rings := openAll(t, NewMemory(options.World), options)
		defer closeAll(t, rings)
		for _, length := range lengths {
			vectors := randomVectors[float32](random, options.World, length)
			sums := cloneAll(vectors)
			noErrors(t, onEveryRank(options.World, func(rank int) error {
				return rings[rank].AllReduce(context.Background(), sums[rank])
			}))
			want := inDocumentedOrder(vectors)
			for rank := range sums {
				if err := sameBits(sums[rank], want); err != nil {
					t.Fatalf("length %d, rank %d: %v", length, rank, err)
				}
			}
			checkAgainstFloat64(t, sums[0], vectors)
		}
	})
}

// checkAgainstFloat64 holds a float32 sum against the same sum in float64: N−1
// roundings, each of at most half a unit in the last place of a partial sum.
func checkAgainstFloat64(t fataler, got []float32, vectors [][]float32) {
	t.Helper()
	for i, sum := range got {
		var exact, size float64
		for _, v := range vectors {
			exact += float64(v[i])
			size += math.Abs(float64(v[i]))
		}
		if bound := float64(len(vectors)-1) * size * 0x1p-24; math.Abs(float64(sum)-exact) > bound*1.001 {
			t.Fatalf("element %d is %v, in float64 %v: off by more than %v", i, sum, exact, bound)
		}
	}
}

func TestFloat64Vectors(t *testing.T) {
	for world := 1; world <= 4; world++ {
		rings := openAll(t, NewMemory(world), testOptions(world))
		vectors := randomVectors[float64](rand.New(rand.NewPCG(1, 2)), world, 10)
		sums := cloneAll(vectors)
		noErrors(t, onEveryRank(world, func(rank int) error { return rings[rank].AllReduce64(context.Background(), sums[rank]) }))
		for rank := range sums {
			if err := sameBits(sums[rank], inDocumentedOrder(vectors)); err != nil {
				t.Fatalf("world %d, rank %d: %v", world, rank, err)
			}
		}
		closeAll(t, rings)
	}
}

// Many operations in a row without a pause between them: a fast rank is one
// operation ahead of a slow one, and credits carry over.
func TestManyOperationsInARow(t *testing.T) {
	options := testOptions(4)
	options.ChunkBytes = headerBytes + 64
	options.Window = 3
	const operations = 200
	rings := openAll(t, NewMemory(options.World), options)
	defer closeAll(t, rings)
	noErrors(t, onEveryRank(options.World, func(rank int) error {
		for op := range operations {
			vectors := randomVectors[float32](rand.New(rand.NewPCG(3, uint64(op))), options.World, op%100)
			x := vectors[rank]
			want := inDocumentedOrder(vectors)
			if err := rings[rank].AllReduce(context.Background(), x); err != nil {
				return err
			}
			if err := sameBits(x, want); err != nil {
				return err
			}
		}
		return nil
	}))
	for rank, ring := range rings {
		if s := ring.Stats(); s.Operations != operations || s.BytesSent == 0 || s.BytesReceived == 0 || s.Waited <= 0 || s.Ignored != 0 {
			t.Errorf("rank %d counted %+v", rank, s)
		}
	}
}

// An empty vector is a barrier: no rank leaves before the last has come.
func TestEmptyVectorIsABarrier(t *testing.T) {
	for world := 2; world <= 4; world++ {
		rings := openAll(t, NewMemory(world), testOptions(world))
		for late := range world {
			var come atomic.Bool
			noErrors(t, onEveryRank(world, func(rank int) error {
				if rank == late {
					for range 1000 { // let the others go as far as they get
						runtime.Gosched()
					}
					come.Store(true)
				}
				if err := rings[rank].AllReduce(context.Background(), nil); err != nil {
					return err
				}
				if !come.Load() {
					return fmt.Errorf("left before rank %d came", late)
				}
				return nil
			}))
		}
		closeAll(t, rings)
	}
}

// Messages carry no more than the algorithm needs: 2(N−1)/N of the vector.
func TestBytesSentAreOptimal(t *testing.T) {
	options := testOptions(4)
	const length = 1 << 18
	rings := openAll(t, NewMemory(options.World), options)
	defer closeAll(t, rings)
	noErrors(t, onEveryRank(options.World, func(rank int) error {
		return rings[rank].AllReduce(context.Background(), make([]float32, length))
	}))
	const payload = 2 * 3 * length / 4 * 4
	for rank, ring := range rings {
		if sent := ring.Stats().BytesSent; sent < payload || sent > payload*101/100 {
			t.Errorf("rank %d sent %d bytes, want %d and at most 1%% more", rank, sent, payload)
		}
	}
}
