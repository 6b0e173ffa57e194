package lexicon

import (
	"slices"
	"strings"

	"ringmaster/data/words"
)

// Match is what a text holds of the words looked for.
type Match struct {
	// Words are the chosen words that it holds, and Required the required ones, each
	// once, in the order in which they first stand.
	Words, Required []string

	requires bool
}

// Keep says whether the text is one to keep.
func (m Match) Keep() bool { return len(m.Words) > 0 && !m.LacksRequired() }

// LacksRequired says whether words are required and the text holds none.
func (m Match) LacksRequired() bool { return m.requires && len(m.Required) == 0 }

// Match looks for the chosen words in a text.
func (m *Matcher) Match(text string) Match {
	list := words.Of(text)
	for i := range list {
		list[i] = words.Fold(list[i])
	}
	return Match{Words: m.chosen.in(list), Required: m.required.in(list), requires: len(m.required) > 0}
}

// phrases are words, and several words in a row, by their first word.
type phrases map[string][][]string

func newPhrases(set map[string]bool) phrases {
	p := phrases{}
	for phrase := range set {
		list := strings.Fields(phrase)
		p[list[0]] = append(p[list[0]], list)
	}
	for _, list := range p {
		slices.SortFunc(list, slices.Compare)
	}
	return p
}

// in lists the phrases that stand in a row of folded words.
func (p phrases) in(list []string) []string {
	var found []string
	for i, word := range list {
		for _, phrase := range p[word] {
			if len(phrase) > len(list)-i || !slices.Equal(phrase, list[i:i+len(phrase)]) {
				continue
			}
			if name := strings.Join(phrase, " "); !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	return found
}
