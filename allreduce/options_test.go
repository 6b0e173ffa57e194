package allreduce

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// With error feedback nothing is lost for good: the sum over many operations, plus what
// the residuals still hold, is the exact sum of all that went in.
func TestErrorFeedbackLosesNothing(t *testing.T) {
	const world, length, operations = 3, 500, 400
	rings := openAll(t, NewMemory(world), testOptions(world))
	defer closeAll(t, rings)
	random := rand.New(rand.NewPCG(3, 3))
	steady := randomVectors[float32](random, world, length) // a part that stays, as a gradient's mean does
	residuals := cloneAll(make([][]float32, world))
	for rank := range residuals {
		residuals[rank] = make([]float32, length)
	}
	exact, kept, forgotten := make([]float64, length), make([]float64, length), make([]float64, length)
	for range operations {
		vectors := randomVectors[float32](random, world, length)
		for rank := range vectors {
			for i := range vectors[rank] {
				vectors[rank][i] = vectors[rank][i]*1e-3 + steady[rank][i]
				exact[i] += float64(vectors[rank][i])
			}
		}
		plain, fed := cloneAll(vectors), cloneAll(vectors)
		noErrors(t, onEveryRank(world, func(rank int) error {
			if err := rings[rank].AllReduce(context.Background(), plain[rank], WithBFloat16(nil)); err != nil {
				return err
			}
			return rings[rank].AllReduce(context.Background(), fed[rank], WithBFloat16(residuals[rank]))
		}))
		for i := range kept {
			kept[i] += float64(fed[0][i])
			forgotten[i] += float64(plain[0][i])
		}
	}
	var withFeedback, without, size float64
	for i := range exact {
		held := kept[i]
		for rank := range residuals {
			held += float64(residuals[rank][i])
		}
		size += math.Abs(exact[i])
		withFeedback += math.Abs(held - exact[i])
		without += math.Abs(forgotten[i] - exact[i])
	}
	// float32 additions round too, by 2^-24 each.
	if withFeedback/size > 1e-5 {
		t.Errorf("sums and residuals miss the exact sum by %g of its size", withFeedback/size)
	}
	if without/size < 1e-4 {
		t.Errorf("without feedback only %g is lost: the test shows nothing", without/size)
	}
}

// A selection of a vector's elements, cut where the whole vector is cut, gets the whole
// vector's bits.
func TestSegmentsOfASelection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world := rapid.IntRange(1, 5).Draw(t, "world")
		length := rapid.IntRange(1, 400).Draw(t, "length")
		random := rand.New(rand.NewPCG(2, rapid.Uint64().Draw(t, "seed")))
		whole := randomVectors[float32](random, world, length)
		var chosen []int
		for i := range length {
			if random.IntN(4) == 0 {
				chosen = append(chosen, i)
			}
		}
		bounds := make([]int, world-1)
		for s := range bounds {
			bounds[s], _ = slices.BinarySearch(chosen, length*(s+1)/world)
		}
		selection := make([][]float32, world)
		for rank := range selection {
			for _, i := range chosen {
				selection[rank] = append(selection[rank], whole[rank][i])
			}
		}
		rings := openAll(t, NewMemory(world), testOptions(world))
		defer closeAll(t, rings)
		noErrors(t, onEveryRank(world, func(rank int) error {
			return rings[rank].AllReduce(context.Background(), selection[rank], WithSegments(bounds))
		}))
		want := inDocumentedOrder(whole)
		for rank := range selection {
			for k, i := range chosen {
				if selection[rank][k] != want[i] {
					t.Fatalf("rank %d: element %d is %v, in the whole vector %v", rank, i, selection[rank][k], want[i])
				}
			}
		}
	})
}

func TestOptionsOfAnOperationAreChecked(t *testing.T) {
	ring := openAll(t, NewMemory(3), testOptions(3))
	defer closeAll(t, ring)
	x := []float32{1, 2, 3}
	for name, option := range map[string]Option{
		"too few bounds":  WithSegments([]int{1}),
		"falling bounds":  WithSegments([]int{2, 1}),
		"bound too far":   WithSegments([]int{1, 4}),
		"bound below 0":   WithSegments([]int{-1, 1}),
		"residual's size": WithBFloat16(make([]float32, 2)),
	} {
		if err := ring[0].AllReduce(context.Background(), x, option); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The ring is as it was.
	noErrors(t, onEveryRank(3, func(rank int) error { return ring[rank].AllReduce(context.Background(), []float32{1}) }))
}
