package search

import (
	"cmp"
	"math"
	"slices"
)

// Rung is a round of successive halving (Jamieson & Talwalkar, 2016): so many trials are trained for a share of
// the whole length.
type Rung struct {
	Trials int
	Share  float64
}

// Rungs are the rounds of a search over n trials: of each round one trial in eta goes on, and is trained eta
// times as long in the next, up to the whole length in the last. There are at most rungs rounds, and no more
// than trials last for. With eta 0 all are trained for the whole length: random search.
func Rungs(n, eta, rungs int) []Rung {
	if eta < 2 {
		return []Rung{{Trials: n, Share: 1}}
	}
	counts := []int{n}
	for len(counts) < rungs && counts[len(counts)-1] > 1 {
		counts = append(counts, (counts[len(counts)-1]+eta-1)/eta)
	}
	all := make([]Rung, len(counts))
	for i, c := range counts {
		all[i] = Rung{Trials: c, Share: math.Pow(float64(eta), float64(i-len(counts)+1))}
	}
	return all
}

// Score is a trial's score on validation rows.
type Score struct {
	Trial int
	Score float64
}

// Promoted are the n trials with the best scores, the best first; of equals the one that was drawn earlier.
func Promoted(scores []Score, n int) []int {
	order := slices.Clone(scores)
	slices.SortFunc(order, func(a, b Score) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Trial, b.Trial))
	})
	var best []int
	for _, s := range order[:min(n, len(order))] {
		best = append(best, s.Trial)
	}
	return best
}
