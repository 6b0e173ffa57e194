package statistics

import (
	"cmp"
	"slices"
)

// Holm corrects p-values for their number (Holm 1979): the smallest of n is multiplied by
// n, the next by n−1, and so on; none may be below one before it, none above 1. A
// corrected value below α keeps the chance of even one wrong claim below α.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	corrected := make([]float64, len(p))
	before := 0.0
	for rank, i := range order {
		before = max(before, min(1, float64(len(p)-rank)*p[i]))
		corrected[i] = before
	}
	return corrected
}
