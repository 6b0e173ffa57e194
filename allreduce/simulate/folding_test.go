package simulate

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/allreduce/schedule"
)

// drawRing draws a ring with more than one link in its pattern, at times, and with costs,
// windows and chunk sizes that make every part of the model count.
func drawRing(t *rapid.T) Ring {
	period := rapid.IntRange(1, 4).Draw(t, "period")
	ring := Ring{World: period * rapid.IntRange(1, 5).Draw(t, "times")}
	for range period {
		ring.Hops = append(ring.Hops, Link{
			BytesPerSecond: rapid.SampledFrom([]float64{1e6, 1e8, 1e9, math.Inf(1)}).Draw(t, "bandwidth"),
			Delay:          rapid.SampledFrom([]float64{0, 1e-5, 1e-3}).Draw(t, "delay"),
		})
	}
	ring.Cost = Cost{
		Message: rapid.SampledFrom([]float64{0, 1e-5}).Draw(t, "a message"),
		Byte:    rapid.SampledFrom([]float64{0, 1e-9}).Draw(t, "a byte"),
	}
	ring.Vector = Vector{
		Elements: rapid.IntRange(0, 20_000).Draw(t, "elements"), Packing: rapid.SampledFrom([]schedule.Packing{{Width: 2}, {Width: 4}, {Width: 1, Block: 256, ScaleBytes: 2}}).Draw(t, "packing"),
		ChunkBytes: headerBytes + rapid.SampledFrom([]int{4, 64, 1000, 4096}).Draw(t, "payload"),
		Window:     rapid.IntRange(1, 9).Draw(t, "window"),
	}
	ring.Stripes = rapid.IntRange(0, 3).Draw(t, "stripes")
	return ring
}

func seconds(t rapid.TB, run func() (Result, error)) float64 {
	t.Helper()
	result, err := run()
	if err != nil {
		t.Fatal(err)
	}
	return result.Seconds
}

// With equal segments the folded ring is the ring, to the bit.
func TestFoldedIsTheRingWhereSegmentsAreEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := drawRing(t)
		ring.Elements -= ring.Elements % ring.World
		if ring.Elements == 0 {
			return // a barrier has one chunk, in segment 0: no two ranks are alike
		}
		if full, folded := seconds(t, ring.Run), seconds(t, ring.RunFolded); full != folded {
			t.Fatalf("all ranks %v s, folded %v s", full, folded)
		}
	})
}

// A chunk and a credit that reach a rank at the same moment are taken in one order by all ranks to which that happens,
// whatever others send at that moment.
func TestFoldedIsTheRingWhereMessagesArriveTogether(t *testing.T) {
	ring := Ring{
		World: 4, Hops: []Link{{BytesPerSecond: math.Inf(1)}, {BytesPerSecond: math.Inf(1), Delay: 1e-5}}, Cost: Cost{Message: 1e-5},
		Vector: Vector{Elements: 4, Packing: schedule.Packing{Width: 2}, ChunkBytes: headerBytes + 4, Window: 4},
	}
	if full, folded := seconds(t, ring.Run), seconds(t, ring.RunFolded); full != folded {
		t.Errorf("all ranks %v s, folded %v s", full, folded)
	}
}

// With segments that differ by an element, a chunk may be an element longer and a segment
// a chunk longer. For rings like those that are published that is less than 1% or a round
// trip (the chunk that a window has no room for), and 8% where credits decide when a link
// shorter than the window would be idle: a chunk more shifts what each of them is for. Not so for any ring: with messages of a
// few bytes and a window of 1 the order of a busy processor's work shifts by 10%.
// Of 1,024 ranks with 335M elements the folded ring's time is off by 2 millionths.
func TestFoldedIsNearTheRingWhereSegmentsDiffer(t *testing.T) {
	for _, ring := range unevenRings() {
		low := ring
		low.Elements -= ring.Elements % ring.World
		var seconds [3]float64
		for i, run := range []func() (Result, error){low.RunFolded, ring.Run, ring.RunFolded} {
			result, err := run()
			if err != nil {
				t.Fatal(err)
			}
			seconds[i] = result.Seconds
		}
		share := 0.01
		if hop := ring.Hops[0]; float64((ring.Window-ring.Window/2)*ring.ChunkBytes) < 2*hop.Delay*hop.BytesPerSecond {
			share = 0.08
		}
		slack := share*seconds[1] + 2*ring.Hops[0].Delay
		if seconds[1] < seconds[0]-slack || seconds[1] > seconds[2]+slack {
			t.Errorf("%+v: all ranks %v s; folded with the segments of the shortest %v s, of the longest %v s",
				ring, seconds[1], seconds[0], seconds[2])
		}
	}
}

// unevenRings have segments of 3 to 8 messages, some of which are an element longer.
func unevenRings() (rings []Ring) {
	v := Vector{Packing: schedule.Packing{Width: 4}, ChunkBytes: 65280, Window: 8}
	perChunk := v.Packing.PerChunk(v.ChunkBytes - headerBytes)
	for _, world := range []int{3, 8, 33} {
		for _, segment := range []int{3*perChunk - 1, 3 * perChunk, 7*perChunk + perChunk/2} {
			for _, more := range []int{1, world - 1} {
				v.Elements = world*segment + more
				for _, hop := range []Link{{1.25e8, 5e-5}, {1.25e10, 5e-5}, {1.25e9, 5e-3}} {
					for _, cost := range []Cost{{}, {Message: 1e-5, Byte: 3e-10}} {
						rings = append(rings, Ring{World: world, Vector: v, Hops: []Link{hop}, Cost: cost})
					}
				}
			}
		}
	}
	return rings
}

func TestHundredsOfRanksFolded(t *testing.T) {
	ring := Ring{
		World: 256, Hops: []Link{{BytesPerSecond: 1.25e9, Delay: 5e-5}}, Cost: Cost{Message: 1e-5, Byte: 2e-10},
		Vector: Vector{Elements: 256 * 30_001, Packing: schedule.Packing{Width: 4}, ChunkBytes: 65280, Window: 8},
	}
	full, err := ring.Run()
	if err != nil {
		t.Fatal(err)
	}
	folded, err := ring.RunFolded()
	if err != nil {
		t.Fatal(err)
	}
	if full.Seconds != folded.Seconds || full.Sent != folded.Sent || full.Messages != 256*folded.Messages {
		t.Errorf("all ranks %+v, folded %+v", full, folded)
	}
}

func TestNamedErrors(t *testing.T) {
	good := Ring{World: 2, Hops: []Link{{BytesPerSecond: 1}}, Vector: Vector{Packing: schedule.Packing{Width: 4}, ChunkBytes: 100, Window: 1}}
	if _, err := good.Run(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Ring){
		"world":      func(r *Ring) { r.World = 0 },
		"elements":   func(r *Ring) { r.Elements = -1 },
		"width":      func(r *Ring) { r.Packing.Width = 0 },
		"chunk":      func(r *Ring) { r.ChunkBytes = headerBytes + 3 },
		"window":     func(r *Ring) { r.Window = 0 },
		"hops":       func(r *Ring) { r.Hops = nil },
		"bandwidth":  func(r *Ring) { r.Hops = []Link{{}} },
		"no number":  func(r *Ring) { r.Hops = []Link{{BytesPerSecond: math.NaN()}} },
		"delay":      func(r *Ring) { r.Hops = []Link{{BytesPerSecond: 1, Delay: -1}} },
		"no moment":  func(r *Ring) { r.Hops = []Link{{BytesPerSecond: 1, Delay: math.NaN()}} },
		"cost":       func(r *Ring) { r.Cost.Byte = -1 },
		"a NaN cost": func(r *Ring) { r.Cost.Message = math.NaN() },
	} {
		bad := good
		spoil(&bad)
		for _, run := range []func() (Result, error){bad.Run, bad.RunFolded} {
			if _, err := run(); !errors.Is(err, ErrParameters) {
				t.Errorf("%s: %v, want ErrParameters", name, err)
			}
		}
	}
	if _, err := (Hierarchy{World: 10, Group: 4}).Run(); !errors.Is(err, ErrParameters) {
		t.Errorf("10 ranks in nodes of 4: %v", err)
	}
}
