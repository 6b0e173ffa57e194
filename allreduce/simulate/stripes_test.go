package simulate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/allreduce/schedule"
)

// Where processors are the limit, so many stripes are so many times as fast; where links are, they are as
// fast as one ring. Neither sends more.
func TestStripesDivideTheProcessorsWork(t *testing.T) {
	v := Vector{Elements: 8 * 4 * 1000 * 16320, Packing: schedule.Packing{Width: 4}, ChunkBytes: 65360, Window: 64}
	for name, c := range map[string]struct {
		link   Link
		cost   Cost
		faster func(stripes float64) float64
	}{
		"slow processors": {Link{BytesPerSecond: math.Inf(1)}, Cost{Message: 6e-6, Byte: 2.8e-10}, func(n float64) float64 { return n }},
		"slow links":      {Link{BytesPerSecond: 1e9}, Cost{}, func(float64) float64 { return 1 }},
	} {
		one := Ring{World: 8, Hops: []Link{c.link}, Vector: v, Cost: c.cost}
		single, err := one.RunFolded()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{2, 4} {
			striped := one
			striped.Stripes = n
			got, err := striped.RunFolded()
			if err != nil {
				t.Fatal(err)
			}
			if faster := single.Seconds / got.Seconds; math.Abs(faster/c.faster(float64(n))-1) > 0.02 {
				t.Errorf("%s: %d stripes are %.3f times as fast, want %.0f", name, n, faster, c.faster(float64(n)))
			}
			if math.Abs(got.Sent/single.Sent-1) > 0.001 {
				t.Errorf("%s: %d stripes send %.0f bytes, one %.0f", name, n, got.Sent, single.Sent)
			}
		}
	}
}

// No number of stripes makes a ring faster than its links allow.
func TestStripesKeepTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := drawRing(t)
		ring.Stripes = rapid.IntRange(1, 8).Draw(t, "more stripes")
		if got, bound := seconds(t, ring.RunFolded), ring.BandwidthBound(); got < bound*(1-1e-9) {
			t.Fatalf("%d stripes take %v s, the links allow %v", ring.Stripes, got, bound)
		}
	})
}
