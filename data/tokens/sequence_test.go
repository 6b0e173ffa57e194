package tokens

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestSequences: a pair's ids are those that Join gives, and what it says is whole is not cut.
func TestSequences(t *testing.T) {
	tok, err := Open(filepath.Join("testdata", "pipelines", "deberta-v3"))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"sorry to hear", "I feel alone" + PairSign + "tell me more", "a"}
	list, whole, err := Sequences(t.Context(), tok, texts, 7)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := tok.Encode("I feel alone", 0)
	second, _ := tok.Encode("tell me more", 0)
	pair, err := tok.Join(first, second, 7)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(list[1].IDs, pair.IDs) || list[1].Second != pair.Second || pair.Second == 0 {
		t.Errorf("got %v, want %v", list[1], pair)
	}
	if want := len(first) + len(second) - 1; whole[1] != want {
		t.Errorf("whole has %d ids, want %d", whole[1], want)
	}
	single, _ := tok.Encode(texts[0], 7)
	if !slices.Equal(list[0].IDs, single) || list[0].Second != 0 {
		t.Errorf("got %v, want %v", list[0], single)
	}
}

// TestLongestFirst: the shorter text is kept whole as long as it has no more than half of the room.
func TestLongestFirst(t *testing.T) {
	for _, c := range [][5]int{{3, 4, 7, 3, 4}, {3, 9, 8, 3, 5}, {9, 3, 8, 5, 3}, {9, 9, 8, 4, 4}, {9, 8, 7, 4, 3}, {8, 9, 7, 3, 4}, {20, 9, 7, 4, 3}, {5, 5, 0, 0, 0}} {
		if a, b := longestFirst(c[0], c[1], c[2]); a != c[3] || b != c[4] {
			t.Errorf("%d and %d ids in %d: got %d and %d, want %d and %d", c[0], c[1], c[2], a, b, c[3], c[4])
		}
	}
}
