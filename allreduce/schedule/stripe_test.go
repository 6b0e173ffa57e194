package schedule

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The stripes of a segment are the segment, each element in one of them, and nearly equal; blocks of a
// message's elements begin where they do without stripes.
func TestStripesDivideEverySegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := Plan{World: rapid.IntRange(1, 6).Draw(t, "world"), PerChunk: 512, Lag: 1}
		whole.Total = rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 50_000)).Draw(t, "total")
		if rapid.Bool().Draw(t, "cut unevenly") {
			whole.Bounds = rapid.SliceOfN(rapid.IntRange(0, whole.Total), whole.World-1, whole.World-1).Draw(t, "bounds")
			slices.Sort(whole.Bounds)
		}
		stripes := rapid.IntRange(1, 9).Draw(t, "stripes")
		for segment := range whole.World {
			first, end := whole.Segment(segment)
			next, shortest, longest := first, end-first, 0
			for stripe := range stripes {
				p := whole
				p.Stripe, p.Stripes = stripe, stripes
				lo, hi := p.Segment(segment)
				if lo != next || hi < lo || (lo-first)%StripeUnit != 0 && lo != end {
					t.Fatalf("stripe %d of %d of the segment %d:%d is %d:%d", stripe, stripes, first, end, lo, hi)
				}
				next, shortest, longest = hi, min(shortest, hi-lo), max(longest, hi-lo)
			}
			if next != end || longest-shortest > 2*StripeUnit {
				t.Fatalf("%d stripes of %d:%d end at %d and have %d to %d elements", stripes, first, end, next, shortest, longest)
			}
		}
	})
}
