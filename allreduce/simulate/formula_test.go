package simulate

import (
	"math"
	"testing"

	"ringmaster/allreduce/schedule"
)

// fullChunks is a vector whose segments are n full messages each.
func fullChunks(world, n int) Vector {
	const chunkBytes, perChunk = headerBytes + 4*1024, 1024
	return Vector{Elements: world * n * perChunk, Packing: schedule.Packing{Width: 4}, ChunkBytes: chunkBytes, Window: 1 << 20}
}

func messageSeconds(v Vector, l Link) float64 {
	return float64(v.ChunkBytes+lineBytes) / l.BytesPerSecond
}

// bounds are the package comment's formula, for so many steps.
func bounds(steps, n, lag int, τ, d float64) (low, high float64) {
	low = float64(steps-1)*max(float64(n)*τ, τ+d) + float64(n)*τ + d
	if n <= lag || d <= float64(lag)*τ {
		return low, low
	}
	return low, low + (τ+d)*(τ+d)/(float64(lag)*τ)
}

// steadyTime goes through a rank's messages in order: each leaves when the one before has
// left and what it carries has come, which the left neighbour sent at the step before.
func steadyTime(steps, n, lag int, τ, d float64) float64 {
	type place struct{ step, chunk int }
	leaves := map[place]float64{}
	now := 0.0
	for round := range n + (steps-1)*lag {
		for step := range steps {
			at := place{step, round - step*lag}
			if at.chunk < 0 || at.chunk >= n {
				continue
			}
			if step > 0 {
				now = max(now, leaves[place{step - 1, at.chunk}]+d)
			}
			now += τ
			leaves[at] = now
		}
	}
	return now + d
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance*math.Abs(want) }

func TestRingTakesTheTimeOfTheFormula(t *testing.T) {
	for _, world := range []int{2, 3, 4, 7, 16} {
		for _, n := range []int{1, 2, 5, 40} {
			for _, d := range []float64{0, 1e-6, 1e-4, 1e-2} {
				link := Link{BytesPerSecond: 1e8, Delay: d}
				ring := Ring{World: world, Vector: fullChunks(world, n), Hops: []Link{link}}
				if d <= 1e-4 { // 5 messages' worth, there and back: a small window is enough, and credits flow
					ring.Window = 16
				}
				got, err := ring.Run()
				if err != nil {
					t.Fatal(err)
				}
				lag, τ := schedule.Lag(ring.Window, world), messageSeconds(ring.Vector, link)
				want := steadyTime(2*(world-1), n, lag, τ, d)
				if !near(got.Seconds, want, 1e-9) {
					t.Errorf("%d ranks, %d chunks a segment, delay %v: %v s, by the formula %v", world, n, d, got.Seconds, want)
				}
				low, high := bounds(2*(world-1), n, lag, τ, d)
				if got.Seconds < low*(1-1e-9) || got.Seconds > high*(1+1e-9) {
					t.Errorf("%d ranks, %d chunks a segment, delay %v: %v s, not in [%v, %v]", world, n, d, got.Seconds, low, high)
				}
				if sent := 2 * float64((world-1)*n*ring.ChunkBytes); got.Sent != sent {
					t.Errorf("%d ranks, %d chunks a segment: a rank sent %v bytes, want %v", world, n, got.Sent, sent)
				}
			}
		}
	}
}

func TestHierarchyTakesTheTimeOfTheFormula(t *testing.T) {
	const group, nodes, n = 4, 8, 3
	v := fullChunks(group*nodes, n)
	inside, across := Link{BytesPerSecond: 1e10, Delay: 1e-6}, Link{BytesPerSecond: 1e9, Delay: 1e-4}
	got, err := Hierarchy{World: group * nodes, Group: group, Vector: v, Inside: inside, Across: across}.Run()
	if err != nil {
		t.Fatal(err)
	}
	share := Link{BytesPerSecond: across.BytesPerSecond / group}
	want := 2*steadyTime(group-1, n*nodes, schedule.Lag(v.Window, group), messageSeconds(v, inside), inside.Delay) +
		steadyTime(2*(nodes-1), n, schedule.Lag(v.Window, nodes), messageSeconds(v, share), across.Delay)
	if !near(got.Seconds, want, 1e-9) {
		t.Errorf("%v s, by the formula %v", got.Seconds, want)
	}
}

// A link that is longer than the window lets a window through in each round trip.
func TestWindowBoundsTheRate(t *testing.T) {
	for _, window := range []int{1, 2, 3, 4, 8, 9, 32} {
		for _, delay := range []float64{1e-6, 1e-4, 5e-3} {
			link := Link{BytesPerSecond: 1e9, Delay: delay}
			ring := Ring{World: 2, Vector: fullChunks(2, 4000), Hops: []Link{link}}
			ring.Window = window
			got, err := ring.Run()
			if err != nil {
				t.Fatal(err)
			}
			τ := messageSeconds(ring.Vector, link)
			half := max(1, window/2)
			odd := window % half
			back := (headerBytes + lineBytes) / link.BytesPerSecond
			cycle := max(float64(window-odd)*τ, float64(half-odd)*τ+2*delay+back)
			if want := 2 * 4000 / float64(window-odd) * cycle; !near(got.Seconds, want, 0.005) {
				t.Errorf("window %d, delay %v: %v s, by the formula %v", window, delay, got.Seconds, want)
			}
		}
	}
}

// Over links that take no time a rank is busy from beginning to end.
func TestProcessorBoundsTheRate(t *testing.T) {
	const world, n = 4, 500
	ring := Ring{World: world, Vector: fullChunks(world, n), Hops: []Link{{BytesPerSecond: math.Inf(1)}}, Cost: Cost{Message: 1e-5, Byte: 1e-9}}
	ring.Window = 8
	got, err := ring.Run()
	if err != nil {
		t.Fatal(err)
	}
	chunks := 2 * (world - 1) * float64(n)
	chunk := ring.Cost.Message + float64(ring.ChunkBytes)*ring.Cost.Byte
	credit := ring.Cost.Message + headerBytes*ring.Cost.Byte
	if busy := 2 * chunks * (chunk + credit/4); !near(got.Seconds, busy, 0.005) { // a credit for 4 chunks, at both ends
		t.Errorf("%v s, a rank's work alone is %v", got.Seconds, busy)
	}
}
