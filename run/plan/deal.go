package plan

import "sort"

// Deal shares a global batch out to world ranks. lengths are the examples' lengths
// in tokens; the result lists, per rank, positions in the batch. Longest first, the
// ranks are served in turn, back and forth, so that each gets about as many tokens;
// every position is dealt exactly once. A rank may get none (a batch smaller than
// the world).
func Deal(lengths []int, world int) [][]int {
	order := make([]int, len(lengths))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return lengths[order[a]] > lengths[order[b]] })
	ranks := make([][]int, world)
	for i, position := range order {
		rank := i % world
		if (i/world)%2 == 1 {
			rank = world - 1 - rank
		}
		ranks[rank] = append(ranks[rank], position)
	}
	return ranks
}
