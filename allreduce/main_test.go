package allreduce

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain is also the main of ranks that tests start as processes of their own.
func TestMain(m *testing.M) {
	if what := os.Getenv(rankVariable); what != "" {
		beRank(what)
		return
	}
	goleak.VerifyTestMain(m)
}

// testKey is the key of the tests' rings.
var testKey = Key{7: 1}

// testOptions are options whose timeouts no test means to reach.
func testOptions(world int) Options {
	return Options{World: world, Run: "test", Generation: 7, Key: testKey, StartTimeout: time.Hour, ProgressTimeout: time.Hour}
}

// onEveryRank runs f once per rank, at the same time, and returns the errors by rank.
func onEveryRank(world int, f func(rank int) error) []error {
	errs := make([]error, world)
	var wg sync.WaitGroup
	for rank := range world {
		wg.Go(func() { errs[rank] = f(rank) })
	}
	wg.Wait()
	return errs
}

// fataler is testing.TB or rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func noErrors(t fataler, errs []error) {
	t.Helper()
	for rank, err := range errs {
		if err != nil {
			t.Fatalf("rank %d: %v", rank, err)
		}
	}
}

// openAll opens one ring per transport.
func openAll(t fataler, transports []Transport, options Options) []*Ring {
	t.Helper()
	rings := make([]*Ring, options.World)
	noErrors(t, onEveryRank(options.World, func(rank int) (err error) {
		o := options
		o.Rank = rank
		rings[rank], err = Open(context.Background(), transports[rank], o)
		return err
	}))
	return rings
}

func closeAll(t fataler, rings []*Ring) {
	t.Helper()
	noErrors(t, onEveryRank(len(rings), func(rank int) error { return rings[rank].Close() }))
}

// randomVectors makes numbers of very different sizes and both signs, so that every
// other order of summation gives other bits.
func randomVectors[E element](random *rand.Rand, world, length int) [][]E {
	vectors := make([][]E, world)
	for rank := range vectors {
		vectors[rank] = make([]E, length)
		for i := range vectors[rank] {
			vectors[rank][i] = E((random.Float64() - 0.5) * float64(uint64(1)<<random.IntN(20)))
		}
	}
	return vectors
}

func cloneAll[E element](vectors [][]E) [][]E {
	out := make([][]E, len(vectors))
	for i, v := range vectors {
		out[i] = append([]E{}, v...)
	}
	return out
}

// inDocumentedOrder sums as the package comment says, on one machine, element by element.
func inDocumentedOrder[E element](vectors [][]E) []E { return inOrderOfSegments(vectors, nil) }

// inOrderOfSegments does so for a vector that is cut at bounds; nil cuts it evenly.
func inOrderOfSegments[E element](vectors [][]E, bounds []int) []E {
	world, length := len(vectors), len(vectors[0])
	out := make([]E, length)
	for s := range world {
		for i := cut(bounds, world, length, s); i < cut(bounds, world, length, s+1); i++ {
			sum := vectors[s][i]
			for k := 1; k < world; k++ {
				sum += vectors[(s+k)%world][i]
			}
			out[i] = sum
		}
	}
	return out
}

// cut is where segment s begins.
func cut(bounds []int, world, length, s int) int {
	switch {
	case bounds == nil:
		return length * s / world
	case s == 0:
		return 0
	case s == world:
		return length
	}
	return bounds[s-1]
}

// sameBits compares bit by bit.
func sameBits[E element](got, want []E) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d elements, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Float64bits(float64(got[i])) != math.Float64bits(float64(want[i])) {
			return fmt.Errorf("element %d is %v, want %v", i, got[i], want[i])
		}
	}
	return nil
}
