package mlm

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Words says how tokens make words, by id.
type Words struct {
	Begins []bool // a word begins with it
	Ends   []bool // what follows it begins a word
}

// wordsIn are the places of a text's words.
func (v Vocabulary) wordsIn(ids []int32) (words [][]int, tokens int) {
	open := false
	for at, id := range ids {
		if v.structural(id) {
			open = false
			continue
		}
		tokens++
		if !open || v.Words.Begins[id] {
			words = append(words, nil)
		}
		last := len(words) - 1
		words[last] = append(words[last], at)
		open = !v.Words.Ends[id]
	}
	return words, tokens
}

// chooseWords draws words, each as likely, until Rate of a text's tokens are chosen; a word that would be too much is
// left out. One that has more tokens than that by itself, as a text without white space, is drawn token by token.
func (v Vocabulary) chooseWords(ids []int32, random *rand.PCG) []int {
	words, tokens := v.wordsIn(ids)
	most := max(1, int(math.Round(Rate*float64(tokens))))
	var drawn [][]int
	for _, word := range words {
		if len(word) <= most {
			drawn = append(drawn, word)
			continue
		}
		for i := range word {
			drawn = append(drawn, word[i:i+1])
		}
	}
	for i := len(drawn) - 1; i > 0; i-- {
		j := below(random, uint64(i+1))
		drawn[i], drawn[j] = drawn[j], drawn[i]
	}
	var chosen []int
	for _, word := range drawn {
		if len(chosen)+len(word) <= most {
			chosen = append(chosen, word...)
		}
	}
	slices.Sort(chosen)
	return chosen
}
