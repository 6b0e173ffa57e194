package worker

import (
	"context"
	"errors"
	"math"
	"testing"

	"golang.org/x/sync/errgroup"

	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// A step's gradient is that of the global batch, however its examples are shared out: to ranks with
// unequal numbers of them, by length, with tasks that some ranks lack, or evenly.
func TestTheDealDoesNotChangeTheGradient(t *testing.T) {
	batch := unequalBatch()
	whole := gradientOf(t, [][]protocol.Example{batch})
	largest := 0.0
	for _, g := range whole {
		largest = max(largest, math.Abs(float64(g)))
	}
	if largest < 1e-3 {
		t.Fatalf("the greatest gradient of a parameter is %g: nothing is compared", largest)
	}
	for _, world := range []int{2, 3, 5} {
		lengths := make([]int, len(batch))
		even := make([][]protocol.Example, world)
		for i, e := range batch {
			lengths[i] = len(e.IDs)
			even[i%world] = append(even[i%world], e)
		}
		byLength := make([][]protocol.Example, world)
		least, most := len(batch), 0
		for rank, positions := range plan.Deal(lengths, world) {
			for _, p := range positions {
				byLength[rank] = append(byLength[rank], batch[p])
			}
			least, most = min(least, len(positions)), max(most, len(positions))
		}
		if most-least < 2 {
			t.Errorf("world %d: ranks have %d to %d examples: nothing unequal is tested", world, least, most)
		}
		for name, shares := range map[string][][]protocol.Example{"evenly": even, "by length": byLength} {
			for i, g := range gradientOf(t, shares) {
				if diff := math.Abs(float64(g - whole[i])); diff > 1e-6*max(1, largest) {
					t.Errorf("%d ranks, dealt %s: gradient %d is %g, of one rank %g", world, name, i, g, whole[i])
					break
				}
			}
		}
	}
}

// unequalBatch has a few long texts and many short ones, of two tasks.
func unequalBatch() (batch []protocol.Example) {
	for i, length := range []int{16, 3, 4, 15, 5, 3, 6, 4, 3, 14, 7, 3, 5, 4, 3, 4, 3} {
		e := protocol.Example{Task: (i / 3) % 2, Class: i % 2, IDs: []int32{2}}
		for j := 1; j < length; j++ {
			e.IDs = append(e.IDs, int32(5+(3*i+7*j)%25))
		}
		batch = append(batch, e)
	}
	return batch
}

// gradientOf is the sum of all ranks' gradients of their shares of one batch, which every rank has to
// hold to the bit.
func gradientOf(t *testing.T, shares [][]protocol.Example) []float32 {
	t.Helper()
	world := len(shares)
	var batch []protocol.Example
	for _, share := range shares {
		batch = append(batch, share...)
	}
	w := newMemoryWorld(t, world, "float32")
	gradients, errs := make([][]float32, world), make([]error, world)
	var group errgroup.Group
	for rank, e := range w.ranks {
		order := protocol.Step{LR: 1e-2, Count: len(batch), Examples: shares[rank]}
		if world > 1 {
			order.Tokens = tokensOf(batch)
		}
		group.Go(func() error {
			if _, errs[rank] = e.reduce(context.Background(), &order); errs[rank] == nil {
				gradients[rank], errs[rank] = e.stage.replicas[0].Gradient()
			}
			return nil
		})
	}
	_ = group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for rank, g := range gradients {
		for i := range g {
			if g[i] != gradients[0][i] {
				t.Fatalf("rank %d has %g where rank 0 has %g", rank, g[i], gradients[0][i])
			}
		}
	}
	return gradients[0]
}
