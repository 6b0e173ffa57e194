package tokens

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWordStarts holds where words begin to transformers' masking of whole words (testdata/make_words.py).
func TestWordStarts(t *testing.T) {
	var reference struct {
		Texts   []string
		Folders map[string][][]int
	}
	readReference(t, "testdata/words.json", &reference)
	for name, want := range reference.Folders {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", "pipelines", name)
			if name == "small" {
				dir = filepath.Join("testdata", "small")
			}
			tok, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			begins, ends := tok.WordStarts()
			for i, text := range reference.Texts {
				ids, err := tok.Encode(text, 0)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]int, len(ids))
				open := false
				for at, id := range ids[:len(ids)-1] {
					if at > 0 && (!open || begins[id]) {
						got[at] = 1
					}
					open = at > 0 && !ends[id]
				}
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Errorf("%q, %q: transformers (-), this package (+):\n%s", text, tok.called(ids), diff)
				}
			}
		})
	}
}

// A tab ends a word, and all bytes of a character are of one.
func TestWordsOfByteLevelBPE(t *testing.T) {
	tok, err := Open(filepath.Join("testdata", "pipelines", "roberta"))
	if err != nil {
		t.Fatal(err)
	}
	begins, ends := tok.WordStarts()
	for text, want := range map[string]int{"one\ttab": 3, "so sad \U0001f622\U0001f622 today": 4, "\U0001f622": 1, "a  b": 3} {
		ids, err := tok.Encode(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		words, open := 0, false
		for _, id := range ids[1 : len(ids)-1] {
			if !open || begins[id] {
				words++
			}
			open = !ends[id]
		}
		if words != want {
			t.Errorf("%q, %q: %d words, want %d", text, tok.called(ids), words, want)
		}
	}
}
