package model

import "math"

// The fixed cost of a micro-batch (kernel launches, small matrix products), in tokens. On a
// GPU launches dominate, so one micro-batch is best there unless memory bounds it.
const (
	overheadCPU = 24
	overheadGPU = 1 << 20
)

// cut divides examples, sorted by length with the longest first, into micro-batches of
// at most size (0: no bound), so that the tokens to compute are fewest, padding and
// overhead included. It returns how many examples each micro-batch has. A batch of one
// long essay and many short remarks would cost several times its tokens if all were
// padded to the essay.
func microBatchSizes(lengths []int, size, overhead int) []int {
	n := len(lengths)
	if size == 0 {
		size = n
	}
	// best[i] is the least cost of the first i examples, from[i] where its last
	// micro-batch begins.
	best, from := make([]int, n+1), make([]int, n+1)
	for i := 1; i <= n; i++ {
		best[i] = math.MaxInt
		for begin := max(0, i-size); begin < i; begin++ {
			cost := best[begin] + (i-begin)*lengths[begin] + overhead
			if cost < best[i] {
				best[i], from[i] = cost, begin
			}
		}
	}
	var counts []int
	for i := n; i > 0; i = from[i] {
		counts = append(counts, i-from[i])
	}
	for a, b := 0, len(counts)-1; a < b; a, b = a+1, b-1 {
		counts[a], counts[b] = counts[b], counts[a]
	}
	return counts
}
