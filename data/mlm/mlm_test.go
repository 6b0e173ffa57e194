package mlm_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/data/mlm"
)

var vocabulary = mlm.Vocabulary{Size: 1000, Pad: 0, Unk: 1, Cls: 2, Sep: 3, Mask: 4}

// TestPackKeepsEveryToken: the sequences' content is the documents' tokens, once and in
// order, and all sequences but the last are full.
func TestPackKeepsEveryToken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		documents := rapid.SliceOfN(rapid.SliceOfN(rapid.Int32Range(5, 999), 0, 40), 0, 20).Draw(t, "documents")
		length := rapid.IntRange(3, 30).Draw(t, "length")
		var got []int32
		sequences := mlm.Pack(slices.Values(documents), length, vocabulary)
		for i, s := range sequences {
			if s[0] != vocabulary.Cls || s[len(s)-1] != vocabulary.Sep {
				t.Fatalf("sequence %d is %v: it must begin with [CLS] and end with [SEP]", i, s)
			}
			if len(s) > length || len(s) < 3 || i < len(sequences)-1 && len(s) != length {
				t.Fatalf("sequence %d of %d has %d ids, a full one has %d", i, len(sequences), len(s), length)
			}
			got = append(got, s[1:len(s)-1]...)
		}
		want := slices.Concat(documents...)
		got = slices.DeleteFunc(got, func(id int32) bool { return id == vocabulary.Sep })
		if !slices.Equal(got, want) {
			t.Fatalf("the sequences hold %v, the documents %v", got, want)
		}
	})
}

func TestPackSeparatesDocuments(t *testing.T) {
	got := mlm.Pack(slices.Values([][]int32{{10, 11}, {}, {12}, {13, 14, 15, 16}}), 6, vocabulary)
	want := [][]int32{{2, 10, 11, 3, 12, 3}, {2, 13, 14, 15, 16, 3}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("packed %v, want %v: no [SEP] where a sequence begins", got, want)
	}
	got = mlm.Pack(slices.Values([][]int32{{10}, {12, 13, 14}}), 6, vocabulary)
	want = [][]int32{{2, 10, 3, 12, 13, 3}, {2, 14, 3}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("packed %v, want %v", got, want)
	}
}

// TestMask holds what masking does to any sequence.
func TestMask(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.Int32Range(0, 999), 1, 200).Draw(t, "ids")
		key := mlm.Key{Seed: rapid.Uint64().Draw(t, "seed"), Epoch: rapid.IntRange(0, 9).Draw(t, "epoch"), Row: rapid.IntRange(0, 1000).Draw(t, "row")}
		before := slices.Clone(ids)
		m := mlm.Mask(ids, vocabulary, key)
		if !slices.Equal(ids, before) {
			t.Fatal("the sequence itself was changed")
		}
		if !reflect.DeepEqual(m, mlm.Mask(ids, vocabulary, key)) {
			t.Fatal("the same key masks differently")
		}
		if mlm.Maskable(ids, vocabulary) != (len(m.Positions) > 0) {
			t.Fatalf("%d tokens are masked of %v", len(m.Positions), ids)
		}
		restored := slices.Clone(m.IDs)
		for i, at := range m.Positions {
			if i > 0 && at <= m.Positions[i-1] {
				t.Fatalf("positions %v do not rise", m.Positions)
			}
			if w := m.Words[i]; w == 0 || w == 2 || w == 3 || w == 4 {
				t.Fatalf("the special token %d at %d is to be told", w, at)
			}
			if now := m.IDs[at]; now < 4 && now != m.Words[i] {
				t.Fatalf("the special token %d took the place of %d", now, m.Words[i])
			}
			restored[at] = m.Words[i]
		}
		if !slices.Equal(restored, ids) {
			t.Fatal("a token was changed that is not to be told")
		}
	})
}

// TestMaskingRates counts over many sequences: each share lies within five standard
// deviations of what it should be.
func TestMaskingRates(t *testing.T) {
	ids := make([]int32, 128)
	for i := range ids {
		ids[i] = int32(5 + (i*37)%900)
	}
	ids[0], ids[127] = vocabulary.Cls, vocabulary.Sep
	var tokens, chosen, masked, other, kept float64
	for row := range 4000 {
		m := mlm.Mask(ids, vocabulary, mlm.Key{Seed: 7, Epoch: 1, Row: row})
		tokens += 126
		for i, at := range m.Positions {
			chosen++
			switch m.IDs[at] {
			case vocabulary.Mask:
				masked++
			case m.Words[i]:
				kept++
			default:
				other++
			}
		}
	}
	for _, share := range []struct {
		name    string
		got, of float64
		want    float64
	}{{"chosen", chosen, tokens, 0.15}, {"[MASK]", masked, chosen, 0.8}, {"another token", other, chosen, 0.1}, {"kept", kept, chosen, 0.1}} {
		if deviation := math.Sqrt(share.want * (1 - share.want) / share.of); math.Abs(share.got/share.of-share.want) > 5*deviation {
			t.Errorf("%s: %.5f, want %.2f ± %.5f", share.name, share.got/share.of, share.want, 5*deviation)
		}
	}
}

// TestMasksDiffer: another seed, epoch or row is another choice.
func TestMasksDiffer(t *testing.T) {
	ids := make([]int32, 128)
	for i := range ids {
		ids[i] = int32(5 + i)
	}
	first := mlm.Mask(ids, vocabulary, mlm.Key{Seed: 1})
	for _, key := range []mlm.Key{{Seed: 2}, {Seed: 1, Epoch: 1}, {Seed: 1, Row: 1}} {
		if reflect.DeepEqual(first, mlm.Mask(ids, vocabulary, key)) {
			t.Errorf("%+v masks the same as %+v", key, mlm.Key{Seed: 1})
		}
	}
}

// A vocabulary of special tokens alone has no other token to put in one's place: it is told from others, before masking looks for one.
func TestAVocabularyOfSpecialTokensAlone(t *testing.T) {
	for size, want := range map[int]bool{5: false, 6: true, 0: false} {
		v := vocabulary
		v.Size = size
		if v.Ordinary() != want {
			t.Errorf("of %d tokens: %v, want %v", size, !want, want)
		}
	}
}
