package tokens

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var wordTexts = []string{"So sorry, I'm SO sorry!", "The news… the storm", "I’m here 3.5 <URL>"}

func TestCollectWords(t *testing.T) {
	w := CollectWords(wordTexts)
	want := []string{PadWord, UnknownWord, "i'm", "so", "sorry", "the", "3.5", "here", "news", "storm", "url"}
	if diff := cmp.Diff(want, w.Words()); diff != "" {
		t.Error(diff)
	}
	backwards := slices.Clone(wordTexts)
	slices.Reverse(backwards)
	for range 20 { // maps are walked in another order each time
		if again := CollectWords(backwards); again.Hash() != w.Hash() || !slices.Equal(again.Words(), w.Words()) {
			t.Fatal("the same words give another list")
		}
	}
	if other := CollectWords(wordTexts[1:]); other.Hash() == w.Hash() {
		t.Error("other words give the same hash")
	}
}

func TestWordListEncodes(t *testing.T) {
	w := CollectWords(wordTexts)
	for text, want := range map[string][]int32{
		"sorry sorry":      {4, 4},
		"Sorry, stranger":  {4, 1},
		"i'm I’M":          {2, 2},
		"":                 {1},
		" ... ":            {1},
		"<pad> <unk>":      {1, 1}, // no word of a text is one of the list's own
		"so so so so so x": {3, 3, 3, 3},
	} {
		got, err := w.Encode(text, 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if ids, err := w.Encode("so so so so so so", 0); err != nil || len(ids) != 6 {
		t.Errorf("without a limit: %v, %v", ids, err)
	}
	if _, err := w.Encode("so", -1); !errors.Is(err, ErrMaxLength) {
		t.Errorf("got %v, want ErrMaxLength", err)
	}
}

func TestWordListIsReadBack(t *testing.T) {
	dir := t.TempDir()
	w := CollectWords(wordTexts)
	if err := w.Write(dir); err != nil {
		t.Fatal(err)
	}
	read, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, read, cmp.AllowUnexported(WordList{})); diff != "" {
		t.Error(diff)
	}
	cache := openCache(t, t.TempDir())
	for range 2 {
		ids, err := cached(t.Context(), cache, read, wordTexts, 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int32{3, 4, 2}, ids[0]); diff != "" {
			t.Error(diff)
		}
	}
	if s := cache.Stats(); s.Hits != 1 || s.Misses != 1 {
		t.Errorf("%+v", s)
	}
}

func TestWordListRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                        ErrBadConfig,
		"the\nof\n":               ErrBadConfig,
		"<pad>\n<unk>\na\nb\na\n": ErrBadConfig,
		"<pad>\n<unk>\nSad\n":     ErrBadConfig, // texts' words are in small letters
		"<pad>\n<unk>\nsad\n\n":   ErrBadConfig,
		"<pad>\n<unk>\nsad\r\n":   ErrBadConfig,
		"<pad>\n<unk>\n\xff\n":    ErrBadConfig,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, wordsFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFolder(dir); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
	if _, err := OpenWords(t.TempDir()); !errors.Is(err, ErrNoVocabulary) {
		t.Errorf("no file: %v", err)
	}
	if _, err := OpenFolder(t.TempDir()); !errors.Is(err, ErrNoVocabulary) {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestFolderOfAnotherModel: what config.json says rules over what files lie about.
func TestFolderOfAnotherModel(t *testing.T) {
	both := map[string]string{"words.txt": "<pad>\n<unk>\nsad\n", "vocab.txt": smallVocab}
	for kind, want := range map[string]any{"bert": &Tokenizer{}, "ringmaster-cnn": &WordList{}} {
		both["config.json"] = `{"model_type": "` + kind + `"}`
		encoder, err := OpenFolder(modelDir(t, both))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%T", encoder); got != fmt.Sprintf("%T", want) {
			t.Errorf("%s: got %s", kind, got)
		}
	}
}
