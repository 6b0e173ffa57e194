package tokens

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pairsReference is what testdata/make_pairs.py wrote.
type pairsReference struct {
	Pairs   [][2]string
	Folders map[string]struct {
		Files   map[string]string
		Special int
		Limits  map[int]struct {
			First [][2][]int32
			Hash  string
		}
	}
}

// TestPairsOfWordPiece compares ids and token types of two texts with transformers', of each tokenizer over WordPiece,
// whole and cut. TestPipelines does so for the others.
func TestPairsOfWordPiece(t *testing.T) {
	var reference pairsReference
	readReference(t, "testdata/pairs.json", &reference)
	for name, want := range reference.Folders {
		t.Run(name, func(t *testing.T) {
			tok, err := Open(modelDir(t, want.Files))
			if err != nil {
				t.Fatal(err)
			}
			if tok.aroundPair() != want.Special {
				t.Errorf("%d special tokens, transformers adds %d", tok.aroundPair(), want.Special)
			}
			for most, expected := range want.Limits {
				var all [][]int32
				for i, texts := range reference.Pairs {
					pair, cut, err := Sequence(tok, texts[0]+PairSign+texts[1], most)
					if err != nil {
						t.Fatal(err)
					}
					if i < len(expected.First) {
						if diff := cmp.Diff(expected.First[i], [2][]int32{pair.IDs, pair.Types()}); diff != "" {
							t.Errorf("%q cut to %d: transformers (-), this package (+):\n%s", texts, most, diff)
						}
					}
					if cut && len(pair.IDs) != most {
						t.Errorf("%q is cut to %d ids, want %d", texts, len(pair.IDs), most)
					}
					all = append(all, slices.Concat(pair.IDs, pair.Types()))
				}
				if got := blockHash(all); got != expected.Hash {
					t.Errorf("pairs of at most %d ids differ from transformers'", most)
				}
			}
			if _, _, err := Sequence(tok, "a"+PairSign+"b", want.Special-1); !errors.Is(err, ErrMaxLength) {
				t.Errorf("%d ids for two texts: got %v", want.Special-1, err)
			}
		})
	}
}
