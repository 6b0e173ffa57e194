package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCutKeepsLikeLengthsTogether(t *testing.T) {
	for _, c := range []struct {
		name     string
		lengths  []int
		size     int
		overhead int
		want     []int
	}{
		{"alike", []int{20, 20, 19, 18}, 0, 24, []int{4}},
		{"one essay", []int{128, 14, 12, 12, 10}, 0, 24, []int{1, 4}},
		{"dear overhead", []int{128, 14, 12, 12, 10}, 0, 1 << 20, []int{5}},
		{"bounded", []int{9, 9, 9, 9, 9}, 2, 1, []int{1, 2, 2}},
		{"none", nil, 0, 24, nil},
	} {
		if diff := cmp.Diff(c.want, microBatchSizes(c.lengths, c.size, c.overhead)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Against every way to cut a short list.
func TestCutIsTheCheapest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(2, 60), 1, 9).Draw(rt, "lengths")
		slices.SortFunc(lengths, func(a, b int) int { return b - a })
		size := rapid.IntRange(0, 4).Draw(rt, "size")
		overhead := rapid.IntRange(1, 80).Draw(rt, "overhead")
		cost := func(counts []int) int {
			total, at := 0, 0
			for _, n := range counts {
				if size > 0 && n > size {
					return 1 << 40
				}
				total += n*lengths[at] + overhead
				at += n
			}
			return total
		}
		cheapest := 1 << 40
		for mask := range 1 << (len(lengths) - 1) {
			var counts []int
			run := 1
			for i := range len(lengths) - 1 {
				if mask>>i&1 == 1 {
					counts = append(counts, run)
					run = 0
				}
				run++
			}
			cheapest = min(cheapest, cost(append(counts, run)))
		}
		if got := cost(microBatchSizes(lengths, size, overhead)); got != cheapest {
			rt.Fatalf("cut costs %d, the cheapest is %d", got, cheapest)
		}
	})
}
