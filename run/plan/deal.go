package plan

// Deal shares a global batch out to world ranks. lengths are the examples' lengths
// in tokens; the result lists, per rank, positions in the batch. Longest first, the
// ranks are served in turn, back and forth, so that each gets about as many tokens;
// every position is dealt exactly once. A rank may get none (a batch smaller than
// the world).
func Deal(lengths []int, world int) [][]int {
	order := longestFirst(lengths)
	ranks := make([][]int, world)
	dealt := make([]int, len(order)) // of all ranks, one after another
	rounds, rest := len(order)/world, len(order)%world
	for rank := range ranks {
		n := rounds
		if last := rank; last < rest && rounds%2 == 0 || world-1-last < rest && rounds%2 == 1 {
			n++
		}
		if n == 0 {
			continue
		}
		ranks[rank], dealt = dealt[:n:n], dealt[n:]
		for round := range n {
			turn := rank
			if round%2 == 1 {
				turn = world - 1 - rank
			}
			ranks[rank][round] = order[round*world+turn]
		}
	}
	return ranks
}

// longestFirst are the positions of lengths from the longest to the shortest, equal ones in the order
// of their positions. Lengths are counted, not compared: they are few, and a batch for a thousand
// ranks has thousands.
func longestFirst(lengths []int) []int {
	longest := 0
	for _, n := range lengths {
		longest = max(longest, n)
	}
	next := make([]int, longest+2) // next[longest-n] is where the next of length n goes
	for _, n := range lengths {
		next[longest-n+1]++
	}
	for i := range longest {
		next[i+1] += next[i]
	}
	order := make([]int, len(lengths))
	for position, n := range lengths {
		order[next[longest-n]] = position
		next[longest-n]++
	}
	return order
}
