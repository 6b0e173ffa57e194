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
// work, and read nothing. A rank that waits for a processor makes its links look slow, so the
// best of a few tries counts.
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
		"little bandwidth, full windows": {simulate.Link{BytesPerSecond: 10e6, Delay: 1e-4}, 1_000_000, 3},
	} {
		for world := 2; world <= 4; world++ {
			t.Run(fmt.Sprintf("%s, %d ranks", name, world), func(t *testing.T) {
				const tries = 4
				var wrong []string
				for try := 0; try == 0 || len(wrong) > 0 && try < tries; try++ {
					wrong = costs(t, c.link, world, slow, c.elements, c.repeats, work)
				}
				for _, w := range wrong {
					t.Error(w)
				}
			})
		}
	}
}

// costs measures all-reduces with one slow link, and says what the links' costs have wrong.
func costs(t *testing.T, slowLink simulate.Link, world, slow, elements, repeats int, work time.Duration) (wrong []string) {
	shaper, rank := newShaper(), -1
	rings := openMesh(t, allreduce.Options{World: world, Generation: 1}, func(url string) string {
		if rank++; rank == slow {
			return shaper.link(t, url, slowLink)
		}
		return url
	})
	var took time.Duration
	for range repeats {
		took += timeAllReduce(t, rings, elements)
		<-time.After(work)
	}
	onEveryRank(t, world, func(rank int) error { // brings the last credits
		return rings[rank].AllReduce(context.Background(), nil)
	})
	cost := rings[slow].Stats().InTransit
	if cost < took/2 || cost > took*3/2 {
		wrong = append(wrong, fmt.Sprintf("the slow link has cost %v of %v", cost, took))
	}
	for rank, ring := range rings {
		t.Logf("rank %d: %+v", rank, ring.Stats())
		if other := ring.Stats().InTransit; rank != slow && other > cost/2 {
			wrong = append(wrong, fmt.Sprintf("the link of rank %d has cost %v, the slow one %v", rank, other, cost))
		}
	}
	return wrong
}
