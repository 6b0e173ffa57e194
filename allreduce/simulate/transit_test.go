package simulate_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ringmaster/allreduce"
	"ringmaster/allreduce/simulate"
)

// What the ring says of its links is measured on real ones, of which one is slow: that one
// has cost most of the time, and no other nearly as much. Between the all-reduces all ranks
// work, and read nothing.
func TestTheLinkThatIsSlowHasCostTheTime(t *testing.T) {
	const slow = 1 // the rank whose link to the right it is
	const work = 20 * time.Millisecond
	for name, c := range map[string]struct {
		link              simulate.Link
		elements, repeats int
	}{
		// 120 KB are a few chunks, for which a window has room enough at any time.
		"little bandwidth":               {simulate.Link{BytesPerSecond: 2e6, Delay: 1e-4}, 30_000, 8},
		"a long delay":                   {simulate.Link{BytesPerSecond: 1e9, Delay: 25e-3}, 30_000, 10},
		"little bandwidth, full windows": {simulate.Link{BytesPerSecond: 20e6, Delay: 1e-4}, 1_000_000, 3},
	} {
		for world := 2; world <= 4; world++ {
			t.Run(fmt.Sprintf("%s, %d ranks", name, world), func(t *testing.T) {
				shaper, rank := newShaper(), -1
				rings := openMesh(t, allreduce.Options{World: world, Generation: 1}, func(url string) string {
					if rank++; rank == slow {
						return shaper.link(t, url, c.link)
					}
					return url
				})
				var took time.Duration
				for range c.repeats {
					took += timeAllReduce(t, rings, c.elements)
					<-time.After(work)
				}
				onEveryRank(t, world, func(rank int) error { // brings the last credits
					return rings[rank].AllReduce(context.Background(), nil)
				})
				cost := rings[slow].Stats().InTransit
				if cost < took/2 || cost > took*3/2 {
					t.Errorf("the slow link has cost %v of %v", cost, took)
				}
				for rank, ring := range rings {
					t.Logf("rank %d: %+v", rank, ring.Stats())
					if other := ring.Stats().InTransit; rank != slow && other > cost/2 {
						t.Errorf("the link of rank %d has cost %v, the slow one %v", rank, other, cost)
					}
				}
			})
		}
	}
}
