package plan

// EvenDeal shares a global batch out by length alone: the longest first, to the ranks in turn, back and
// forth, so that their numbers of examples differ by one at most. Deal is compared with it.
func EvenDeal(lengths []int, world int) [][]int {
	order, _ := longestFirst(lengths)
	ranks := make([][]int, world)
	for i, p := range order {
		rank := i % world
		if (i/world)%2 == 1 {
			rank = world - 1 - rank
		}
		ranks[rank] = append(ranks[rank], p)
	}
	return ranks
}
