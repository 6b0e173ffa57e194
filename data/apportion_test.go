package data

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestApportionIsControlledRounding holds apportion's promise against exact fractions.
func TestApportionIsControlledRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 12).Draw(t, "sizes")
		weights := [parts]uint64{
			rapid.Uint64Range(1, 20).Draw(t, "train"), rapid.Uint64Range(0, 20).Draw(t, "valid"), rapid.Uint64Range(0, 20).Draw(t, "test"),
		}
		share := func(n, p int) *big.Rat {
			sum := weights[0] + weights[1] + weights[2]
			return new(big.Rat).SetFrac64(int64(n)*int64(weights[p]), int64(sum))
		}
		all := 0
		var totals [parts]int
		for c, row := range apportion(sizes, weights) {
			all += sizes[c]
			sum := 0
			for p, n := range row {
				sum += n
				totals[p] += n
				off := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(n)), share(sizes[c], p))
				if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
					t.Fatalf("class %d has %d rows in part %d, and its exact share is %v", c, n, p, share(sizes[c], p))
				}
			}
			if sum != sizes[c] {
				t.Fatalf("%d of %d rows of class %d are given out", sum, sizes[c], c)
			}
		}

		// Largest remainders, worked out again: round down, then up by remainder.
		var want [parts]int
		rest := all
		order := []int{0, 1, 2}
		remainder := func(p int) *big.Rat {
			return new(big.Rat).Sub(share(all, p), new(big.Rat).SetInt64(int64(want[p])))
		}
		for p := range parts {
			s := share(all, p)
			want[p] = int(new(big.Int).Quo(s.Num(), s.Denom()).Int64())
			rest -= want[p]
		}
		slices.SortStableFunc(order, func(a, b int) int { return remainder(b).Cmp(remainder(a)) })
		for _, p := range order[:rest] {
			want[p]++
		}
		if totals != want {
			t.Fatalf("the parts have %v rows, and largest remainders give %v", totals, want)
		}
	})
}
