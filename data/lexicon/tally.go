package lexicon

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringmaster/screen"
)

// keptPlaces is how many bad rows a tally names.
const keptPlaces = 20

// Tally counts what became of texts: Texts = Kept + NoWord + NoRequired. Bad rows and
// blank lines have no text and come on top.
type Tally struct {
	Texts int `json:"texts"`
	Kept  int `json:"kept"`
	// NoWord counts texts without a chosen word, NoRequired those that have one and lack
	// every required word.
	NoWord     int `json:"no_word"`
	NoRequired int `json:"no_required"`
	// Blank counts blank lines, Bad rows that cannot be read; BadRows names the first ones.
	Blank   int      `json:"blank"`
	Bad     int      `json:"bad"`
	BadRows []string `json:"bad_rows"`
	// Words counts kept texts by chosen word, the most frequent first, and Required by
	// required word.
	Words    []WordTexts `json:"words"`
	Required []WordTexts `json:"required"`

	words, required map[string]int
}

// WordTexts is in how many kept texts a word stands.
type WordTexts struct {
	Word  string `json:"word"`
	Texts int    `json:"texts"`
}

// NewTally is a tally of nothing yet.
func NewTally() *Tally {
	return &Tally{BadRows: []string{}, words: map[string]int{}, required: map[string]int{}}
}

// Note counts a text by what it holds.
func (t *Tally) Note(m Match) {
	t.Texts++
	switch {
	case len(m.Words) == 0:
		t.NoWord++
		return
	case m.LacksRequired():
		t.NoRequired++
		return
	}
	t.Kept++
	for _, w := range m.Words {
		t.words[w]++
	}
	for _, w := range m.Required {
		t.required[w]++
	}
}

// NoteBad counts a row that cannot be read.
func (t *Tally) NoteBad(file string, line int, why string) {
	t.Bad++
	if len(t.BadRows) < keptPlaces {
		t.BadRows = append(t.BadRows, fmt.Sprintf("%s:%d: %s", file, line, why))
	}
}

// Close lists the words; call it when all texts are noted.
func (t *Tally) Close() { t.Words, t.Required = ranked(t.words), ranked(t.required) }

func ranked(texts map[string]int) []WordTexts {
	list := make([]WordTexts, 0, len(texts))
	for word, n := range texts {
		list = append(list, WordTexts{word, n})
	}
	slices.SortFunc(list, func(a, b WordTexts) int {
		return cmp.Or(cmp.Compare(b.Texts, a.Texts), cmp.Compare(a.Word, b.Word))
	})
	return list
}

// String is the tally in a few lines for a person, with its most frequent words.
func (t *Tally) String() string {
	const shownWords, shownBad = 20, 3
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d kept, %d without a chosen word, %d without a required one\n", screen.Count(t.Texts, "text", "texts"), t.Kept, t.NoWord, t.NoRequired)
	if t.Blank > 0 {
		fmt.Fprintf(&b, "%s skipped\n", screen.Count(t.Blank, "blank line", "blank lines"))
	}
	if t.Bad > 0 {
		fmt.Fprintf(&b, "%s left out; first: %s\n", screen.Count(t.Bad, "bad row", "bad rows"), strings.Join(t.BadRows[:min(shownBad, len(t.BadRows))], "; "))
	}
	for _, list := range []struct {
		name  string
		words []WordTexts
	}{{"chosen", t.Words}, {"required", t.Required}} {
		if len(list.words) == 0 {
			continue
		}
		fmt.Fprintf(&b, "most frequent %s words, by kept texts:", list.name)
		for _, w := range list.words[:min(shownWords, len(list.words))] {
			fmt.Fprintf(&b, " %s %d", w.Word, w.Texts)
		}
		b.WriteString("\n")
	}
	return b.String()
}
