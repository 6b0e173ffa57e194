package shingles

import (
	"slices"
	"strings"

	"ringmaster/data/words"
)

const (
	// MinWords is how many words a text needs to be compared.
	MinWords = 4
	// width is how many words in a row are compared.
	width = 3
)

// Vocabulary numbers words; a word has one number in all texts of one vocabulary.
type Vocabulary map[string]uint32

// Words are a text's words by number.
type Words []uint32

// Words gives a text's words, and a number to those that are new.
func (v Vocabulary) Words(text string) Words { return v.Number(Split(text)) }

// Split cuts a text into words as they are compared.
func Split(text string) []string {
	list := words.Of(text)
	for i, w := range list {
		list[i] = words.Fold(w)
	}
	return list
}

// Number gives words that Split has made, and a number to those that are new.
func (v Vocabulary) Number(list []string) Words {
	ids := make(Words, len(list))
	for i, w := range list {
		id, known := v[w]
		if !known {
			id = uint32(len(v))
			v[strings.Clone(w)] = id // the word is a part of a text, which would stay in memory with it
		}
		ids[i] = id
	}
	return ids
}

// Contains says whether part's words, one at least, stand in w in a row.
func (w Words) Contains(part Words) bool {
	for from := 0; from+len(part) <= len(w); from++ {
		if w[from] == part[0] && slices.Equal(w[from:from+len(part)], part) {
			return true
		}
	}
	return false
}

// Shingle stands for three words in a row: a hash of their numbers.
type Shingle uint64

// Set is the sorted set of a text's shingles, written over into.
func (w Words) Set(into []Shingle) []Shingle {
	into = into[:0]
	for i := 0; i+width <= len(w); i++ {
		h := uint64(0)
		for _, id := range w[i : i+width] {
			// The constants are those of SplitMix64, which mixes 64 bits well.
			h = (h ^ uint64(id) + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
			h ^= h >> 31
		}
		into = append(into, Shingle(h))
	}
	slices.Sort(into)
	return slices.Compact(into)
}

// Comparable says whether sets of such sizes can be near.
func Comparable(a, b int) bool { return 2*a >= b && 2*b >= a }

// Near says whether two sets have a Jaccard similarity of at least one half: at least half
// of all that stands in either stands in both.
func Near(a, b []Shingle) bool {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	return 2*both >= len(a)+len(b)-both
}
