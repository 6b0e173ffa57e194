package plan

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDealGivesEachExampleToOneRank(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 128), 0, 70).Draw(rt, "lengths")
		world := rapid.IntRange(1, 90).Draw(rt, "world")
		ranks := Deal(lengths, world)
		if len(ranks) != world {
			rt.Fatalf("%d ranks of %d", len(ranks), world)
		}
		seen := make([]int, len(lengths))
		for rank, positions := range ranks {
			for _, p := range positions {
				seen[p]++
			}
			if len(positions) == 0 && rank < len(lengths) {
				rt.Fatalf("rank %d of %d gets none of %d examples", rank, world, len(lengths))
			}
			if !slices.IsSortedFunc(positions, func(a, b int) int { return lengths[b] - lengths[a] }) {
				rt.Fatalf("rank %d is dealt %v, not longest first", rank, positions)
			}
		}
		for p, n := range seen {
			if n != 1 {
				rt.Fatalf("position %d dealt %d times", p, n)
			}
		}
		if diff := cmp.Diff(ranks, Deal(lengths, world)); diff != "" {
			rt.Fatalf("dealt again (-first +second):\n%s", diff)
		}
	})
}

// The sums of costs are those of the cheapest division, found by trying all.
func TestALoadCostsWhatTheCheapestDivisionDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 128), 1, 40).Draw(rt, "lengths")
		slices.SortFunc(lengths, func(a, b int) int { return b - a })
		var l load
		for i := 0; i < len(lengths); {
			n := 1
			for i+n < len(lengths) && lengths[i+n] == lengths[i] {
				n++
			}
			bound := rapid.IntRange(0, 4000).Draw(rt, "bound")
			room := l.room(bound, lengths[i])
			for texts := range 2 * n {
				grown := l
				grown.cuts = slices.Clone(l.cuts)
				grown.add(lengths[i], texts+1)
				if fits := texts+1 <= room; fits != (grown.cost <= bound) {
					rt.Fatalf("%d texts of %d tokens cost %d with the others, of %d: fit %v", texts+1, lengths[i], grown.cost, bound, fits)
				}
			}
			l.add(lengths[i], n)
			i += n
		}
		if want := costOf(lengths); l.cost != want || Cost(lengths) != want {
			rt.Fatalf("%v cost %d and %d, want %d", lengths, l.cost, Cost(lengths), want)
		}
	})
}

// costOf is the least cost of texts, the longest first, over all divisions into micro-batches.
func costOf(lengths []int) int {
	best := make([]int, len(lengths)+1)
	for i := 1; i <= len(lengths); i++ {
		best[i] = math.MaxInt
		for begin := range i {
			best[i] = min(best[i], best[begin]+(i-begin)*lengths[begin]+microBatchOverhead)
		}
	}
	return best[len(lengths)]
}

// On essays and remarks, as the tasks of a run mix them, the slowest rank has less to do than where
// the ranks are served back and forth, and is nearer to the mean. The bounds are what was measured, with
// some room to spare.
func TestTheSlowestRankHasLessToDo(t *testing.T) {
	for _, c := range []struct {
		batch, world       int
		slowest, imbalance float64
	}{{32, 2, 0.95, 1.02}, {32, 4, 0.90, 1.04}, {32, 8, 0.85, 1.08}, {128, 4, 0.93, 1.02}, {128, 16, 0.86, 1.05}, {8000, 1000, 0.82, 1.05}} {
		random := rand.New(rand.NewPCG(1, uint64(c.world)))
		rounds := max(1, 3200/c.batch)
		var slowest, imbalance float64
		for range rounds {
			lengths := make([]int, c.batch)
			for i := range lengths {
				if lengths[i] = 3 + int(math.Exp(2.5+0.6*random.NormFloat64())); random.IntN(5) == 0 {
					lengths[i] = 70 + random.IntN(90)
				}
				lengths[i] = min(lengths[i], 128)
			}
			most, mean := costs(lengths, Deal(lengths, c.world))
			before, _ := costs(lengths, EvenDeal(lengths, c.world))
			slowest, imbalance = slowest+most/before/float64(rounds), imbalance+most/mean/float64(rounds)
		}
		t.Logf("%d texts, %d ranks: the slowest costs %.3f of before, and %.3f of the mean", c.batch, c.world, slowest, imbalance)
		if slowest > c.slowest || imbalance > c.imbalance {
			t.Errorf("%d texts, %d ranks: the slowest costs %.3f of before, and %.3f of the mean; want at most %.2f and %.2f",
				c.batch, c.world, slowest, imbalance, c.slowest, c.imbalance)
		}
	}
}

func costs(lengths []int, ranks [][]int) (most, mean float64) {
	for _, positions := range ranks {
		own := make([]int, len(positions))
		for i, p := range positions {
			own[i] = lengths[p]
		}
		cost := float64(costOf(own))
		most, mean = max(most, cost), mean+cost/float64(len(ranks))
	}
	return most, mean
}

// What a step takes a rank is compared between 64 and 1,024 ranks in this process, until it is
// about the same once: where it grows with the ranks, it is never.
func TestAStepCostsARankTheSameHoweverManyThereAre(t *testing.T) {
	const few, many, most = 64, 1024, 4
	least := map[int]time.Duration{few: math.MaxInt64, many: math.MaxInt64}
	for range 200 {
		for world := range least {
			lengths := make([]int, 8*world)
			for i := range lengths {
				lengths[i] = 8 + i*i%120
			}
			began := time.Now()
			for range many / world {
				Deal(lengths, world)
			}
			least[world] = min(least[world], time.Since(began))
		}
		if least[many] < most*least[few] {
			return
		}
	}
	t.Errorf("to deal to %d ranks takes %v, and to deal %d times to %d takes %v", many, least[many], many/few, few, least[few])
}
