package mlm_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/data/mlm"
)

// wholeWords is a vocabulary in which ids from 500 on go on with a word, and 499 ends one.
func wholeWords() mlm.Vocabulary {
	v := vocabulary
	v.Words = &mlm.Words{Begins: make([]bool, v.Size), Ends: make([]bool, v.Size)}
	for id := range v.Size {
		v.Words.Begins[id] = id < 500
	}
	v.Words.Ends[499] = true
	return v
}

// wordAt numbers each token's word, by a rule of its own: 0 is none.
func wordAt(ids []int32) []int {
	words, n := make([]int, len(ids)), 0
	for i, id := range ids {
		if id == 0 || id == 2 || id == 3 || id == 4 {
			continue
		}
		if i == 0 || words[i-1] == 0 || id < 500 || ids[i-1] == 499 {
			n++
		}
		words[i] = n
	}
	return words
}

// TestWholeWords holds what masking whole words does to any sequence: of each word all tokens are to be told or none,
// and as many as 15% of the text's tokens, where words of that length are there.
func TestWholeWords(t *testing.T) {
	v := wholeWords()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.Int32Range(0, 999), 1, 200).Draw(t, "ids")
		key := mlm.Key{Seed: rapid.Uint64().Draw(t, "seed"), Row: rapid.IntRange(0, 1000).Draw(t, "row")}
		m := mlm.Mask(ids, v, key)
		if !reflect.DeepEqual(m, mlm.Mask(ids, v, key)) {
			t.Fatal("the same key masks differently")
		}
		told := map[int]int{} // tokens by word
		restored := slices.Clone(m.IDs)
		words, sizes, tokens, single := wordAt(ids), map[int]int{}, 0, 0
		for _, w := range words {
			if w > 0 {
				sizes[w]++
				tokens++
			}
		}
		for i, at := range m.Positions {
			if i > 0 && at <= m.Positions[i-1] || words[at] == 0 || m.Words[i] != ids[at] {
				t.Fatalf("positions %v, words %v of %v", m.Positions, m.Words, ids)
			}
			told[words[at]]++
			restored[at] = m.Words[i]
		}
		if !slices.Equal(restored, ids) {
			t.Fatal("a token was changed that is not to be told")
		}
		most := max(1, int(math.Round(0.15*float64(tokens))))
		for w, n := range sizes {
			if n <= most && told[w] > 0 && told[w] != n {
				t.Fatalf("%d of the %d tokens of a word are to be told: %v of %v", told[w], n, m.Positions, ids)
			}
			if n == 1 || n > most { // these can fill up what is left
				single += n
			}
		}
		if len(m.Positions) > most || tokens > 0 && len(m.Positions) == 0 || single >= most && len(m.Positions) != most {
			t.Fatalf("%d of %d tokens are to be told, want %d", len(m.Positions), tokens, most)
		}
	})
}

// TestWholeWordRates: words of one length are drawn alike, wherever they stand, and a chosen token becomes [MASK], another
// or itself as often as one that is chosen by itself.
func TestWholeWordRates(t *testing.T) {
	v := wholeWords()
	ids := []int32{v.Cls}
	for i := range 40 { // 40 words of three tokens
		ids = append(ids, int32(5+i), int32(500+i), int32(600+i))
	}
	ids = append(ids, v.Sep)
	const rows = 4000
	told := make([]float64, 40)
	var chosen, masked, other, kept float64
	for row := range rows {
		m := mlm.Mask(ids, v, mlm.Key{Seed: 7, Row: row})
		if len(m.Positions) != 18 { // 15% of 120 tokens
			t.Fatalf("%d tokens are to be told", len(m.Positions))
		}
		for i, at := range m.Positions {
			chosen++
			if (at-1)%3 == 0 {
				told[(at-1)/3]++
			}
			switch m.IDs[at] {
			case v.Mask:
				masked++
			case m.Words[i]:
				kept++
			default:
				other++
			}
		}
	}
	for word, n := range told {
		if deviation := math.Sqrt(0.15 * 0.85 / rows); math.Abs(n/rows-0.15) > 5*deviation {
			t.Errorf("word %d is chosen in %.4f of the sequences, want 0.15 ± %.4f", word, n/rows, 5*deviation)
		}
	}
	for _, share := range []struct {
		name      string
		got, want float64
	}{{"[MASK]", masked, 0.8}, {"another token", other, 0.1}, {"kept", kept, 0.1}} {
		if deviation := math.Sqrt(share.want * (1 - share.want) / chosen); math.Abs(share.got/chosen-share.want) > 5*deviation {
			t.Errorf("%s: %.5f, want %.2f ± %.5f", share.name, share.got/chosen, share.want, 5*deviation)
		}
	}
}

// TestTextWithoutWhiteSpace: one word that is a whole text is masked token by token.
func TestTextWithoutWhiteSpace(t *testing.T) {
	ids := make([]int32, 128)
	for i := range ids {
		ids[i] = int32(500 + i)
	}
	if m := mlm.Mask(ids, wholeWords(), mlm.Key{Seed: 1}); len(m.Positions) != 19 {
		t.Errorf("%d of 128 tokens are to be told, want 19", len(m.Positions))
	}
}
