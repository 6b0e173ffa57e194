package allreduce

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
)

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
