package leak

import (
	"context"
	"slices"

	"ringmaster/data"
	"ringmaster/data/words"
)

const (
	// minWords is how many words a text needs to be looked at.
	minWords = 4
	// shingleWords is how many words in a row are compared.
	shingleWords = 3
)

// vocabulary numbers words.
type vocabulary map[string]uint32

// wordIDs are a text's words by number.
type wordIDs []uint32

func (v vocabulary) of(text string) wordIDs {
	list := words.Of(text)
	ids := make(wordIDs, len(list))
	for i, w := range list {
		w = words.Fold(w)
		id, known := v[w]
		if !known {
			id = uint32(len(v))
			v[w] = id
		}
		ids[i] = id
	}
	return ids
}

// all numbers the words of every text.
func (v vocabulary) all(ctx context.Context, examples []data.Example) ([]wordIDs, error) {
	texts := make([]wordIDs, len(examples))
	for i, e := range examples {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		texts[i] = v.of(e.Text)
	}
	return texts, nil
}

// contains says whether part's words stand in whole in a row.
func (whole wordIDs) contains(part wordIDs) bool {
	for from := 0; from+len(part) <= len(whole); from++ {
		if whole[from] == part[0] && slices.Equal(whole[from:from+len(part)], part) {
			return true
		}
	}
	return false
}

// shingle stands for words in a row.
type shingle uint64

// shingles is the sorted set of a text's shingles, written over into.
func (w wordIDs) shingles(into []shingle) []shingle {
	into = into[:0]
	for i := 0; i+shingleWords <= len(w); i++ {
		h := uint64(0)
		for _, id := range w[i : i+shingleWords] {
			// The constants are those of SplitMix64, which mixes 64 bits well.
			h = (h ^ uint64(id) + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
			h ^= h >> 31
		}
		into = append(into, shingle(h))
	}
	slices.Sort(into)
	return slices.Compact(into)
}

// comparable says whether sets of such sizes can be near.
func comparable(a, b int) bool { return 2*a >= b && 2*b >= a }

// near says whether two sets have a Jaccard similarity of at least one half: at least half
// of all that stands in either stands in both.
func near(a, b []shingle) bool {
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
