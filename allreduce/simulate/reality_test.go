package simulate_test

import (
	"flag"
	"slices"
	"testing"

	"ringmaster/allreduce"
	"ringmaster/allreduce/schedule"
	"ringmaster/allreduce/simulate"
)

var thorough = flag.Bool("thorough", false, "measure what docs/ring-at-scale.md shows; minutes, on a machine with nothing else to do")

// The measured time may be so far from the simulated one. It may be longer because
// toxiproxy's timers are late, and by the time for which the processors were others'.
const (
	shorterBy = 0.03
	longerBy  = 0.15
)

type shapedCase struct {
	world         int
	rate          float64 // bytes a second
	delay         float64 // seconds
	window, chunk int
}

// shapedCases are links so slow that processor time does not count, even where the race
// detector multiplies it; shorter than the window and, the last of each world, longer:
// there flow control decides.
func shapedCases() (cases []shapedCase) {
	for _, world := range []int{2, 3, 4} {
		if *thorough {
			for _, c := range []shapedCase{
				{rate: 10e6, window: 8}, {rate: 10e6, delay: 0.010, window: 8}, {rate: 10e6, delay: 0.030, window: 4},
				{rate: 25e6, window: 8}, {rate: 25e6, delay: 0.010, window: 8}, {rate: 25e6, delay: 0.020, window: 8},
				{rate: 25e6, delay: 0.020, window: 32}, {rate: 50e6, window: 8}, {rate: 50e6, delay: 0.010, window: 32},
			} {
				c.world, c.chunk = world, allreduce.DefaultChunkBytes
				cases = append(cases, c)
			}
			continue
		}
		cases = append(cases,
			shapedCase{world, 4e6, 0, 8, 32 << 10},
			shapedCase{world, 4e6, 0.010, 8, 32 << 10},
			shapedCase{world, 4e6, 0.030, 4, 32 << 10})
	}
	return cases
}

// The real ring over real sockets takes the time that the simulation says. What else the
// machine does only ever adds to a time, so that no time may be too short, and the longest is
// judged without what this process waited for a processor, at the best of a few tries.
func TestRealRingTakesTheSimulatedTime(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: waits some seconds for slow links")
	}
	fewest, most, length := 1, 8, 0.2
	if *thorough {
		fewest, most, length = 7, 7, 0.5
	}
	shape := newShaper()
	for _, c := range shapedCases() {
		link := simulate.Link{BytesPerSecond: c.rate, Delay: c.delay}
		elements := int(c.rate * length / 4)
		ring := simulate.Ring{World: c.world, Hops: []simulate.Link{link}, Vector: simulate.Vector{
			Elements: elements, Packing: schedule.Packing{Width: 4}, ChunkBytes: c.chunk, Window: c.window,
		}}
		simulated, err := ring.Run()
		if err != nil {
			t.Fatal(err)
		}
		rings := openMesh(t, allreduce.Options{World: c.world, Window: c.window, ChunkBytes: c.chunk},
			func(url string) string { return shape.link(t, url, link) })
		timeAllReduce(t, rings, elements/4) // TCP's own windows open
		var times, undisturbed []float64
		off := func(times []float64) float64 { return slices.Min(times)/simulated.Seconds - 1 }
		for len(times) < fewest || len(times) < most && off(undisturbed) > longerBy {
			before := processorWait(t)
			took := timeAllReduce(t, rings, elements)
			times = append(times, took.Seconds())
			undisturbed = append(undisturbed, (took - (processorWait(t) - before)).Seconds())
		}
		slices.Sort(times)
		t.Logf("| %d | %.0f | %.0f | %d | %.1f | %.3f | %.3f | %.3f | %+.1f%% |", c.world, c.rate/1e6, c.delay*1e3, c.window,
			float64(elements)*4/1e6, simulated.Seconds, times[0], times[len(times)/2], 100*off(times))
		if off(times) < -shorterBy || off(undisturbed) > longerBy {
			t.Errorf("%d ranks, %.0f MB/s, %v s: measured %v s, less the waits for a processor %v s, simulated %.3f s",
				c.world, c.rate/1e6, c.delay, times, undisturbed, simulated.Seconds)
		}
	}
}
