package vectors

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"ringmaster/data/words"
)

// vocabulary numbers the words that are there often enough, the commonest first.
func vocabulary(texts [][]string, minCount int) (list []string, ids map[string]int32) {
	counts := map[string]int{}
	for _, text := range texts {
		for _, word := range text {
			counts[word]++
		}
	}
	for word, n := range counts {
		if n >= minCount {
			list = append(list, word)
		}
	}
	sort.Slice(list, func(a, b int) bool {
		return cmp.Or(cmp.Compare(counts[list[b]], counts[list[a]]), cmp.Compare(list[a], list[b])) < 0
	})
	ids = make(map[string]int32, len(list))
	for i, word := range list {
		ids[word] = int32(i)
	}
	return list, ids
}

// folded are the texts' words as they are compared.
func folded(texts []string) [][]string {
	all := make([][]string, len(texts))
	for i, text := range texts {
		for _, word := range words.Of(text) {
			all[i] = append(all[i], words.Fold(word))
		}
	}
	return all
}

// pair is two words that stand near each other.
type pair struct {
	word, context int32
	log           float32 // of how often they do, 1/distance each time
	weight        float32 // in the sum of costs
}

// newPair is the pair that is there count times.
func newPair(word, context int32, count float64) pair {
	return pair{word, context, float32(math.Log(count)), float32(math.Pow(min(1, count/maxWeight), alpha))}
}

// cooccurrences counts pairs within a window, both ways, in a fixed order. A word that is
// too rare counts for nothing, and for no distance.
func cooccurrences(texts [][]string, ids map[string]int32, window int) []pair {
	counts := map[[2]int32]float64{}
	var line []int32
	for _, text := range texts {
		line = line[:0]
		for _, word := range text {
			if id, known := ids[word]; known {
				line = append(line, id)
			}
		}
		for at, word := range line {
			for distance := 1; distance <= window && distance <= at; distance++ {
				near, weight := line[at-distance], 1/float64(distance)
				counts[[2]int32{word, near}] += weight
				counts[[2]int32{near, word}] += weight
			}
		}
	}
	pairs := make([]pair, 0, len(counts))
	for key, n := range counts {
		pairs = append(pairs, newPair(key[0], key[1], n))
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.word, b.word), cmp.Compare(a.context, b.context))
	})
	return pairs
}
