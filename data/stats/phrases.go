package stats

import (
	"cmp"
	"slices"
	"strings"

	"ringmaster/data/words"
)

// phraseWords is how many words the counted noun phrases have.
const phraseWords = 4

// PhraseCount is a noun phrase and how often it stands in the texts.
type PhraseCount struct {
	Phrase string `json:"phrase"`
	Count  int    `json:"count"`
	// Texts is in how many texts it stands.
	Texts int `json:"texts"`
}

// phraseCounter counts the noun phrases of texts.
type phraseCounter map[string]*PhraseCount

func (c phraseCounter) add(phrases []string) {
	met := map[string]bool{}
	for _, p := range phrases {
		if c[p] == nil {
			c[p] = &PhraseCount{Phrase: p}
		}
		c[p].Count++
		if !met[p] {
			c[p].Texts++
		}
		met[p] = true
	}
}

// top lists the most frequent phrases, of equals the alphabetically first. One that
// stands once is not frequent.
func (c phraseCounter) top(n int) []PhraseCount {
	list := []PhraseCount{}
	for _, p := range c {
		if p.Count > 1 {
			list = append(list, *p)
		}
	}
	slices.SortFunc(list, func(a, b PhraseCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Phrase, b.Phrase))
	})
	return list[:min(n, len(list))]
}

// nounPhrases lists the noun phrases of four words in a text, as Method says.
func nounPhrases(text string) []string {
	var found []string
	for _, run := range words.Runs(text) {
		for i := range run {
			run[i] = words.Fold(run[i])
		}
		found = append(found, phrasesOf(run)...)
	}
	return found
}

// phrasesOf lists the phrases of words with no punctuation between them.
func phrasesOf(run []string) []string {
	var found []string
	inner := insidePhrase(run)
	for start := 0; start < len(run); {
		end := basePhrase(run, inner, start)
		if end == start {
			start++
			continue
		}
		ends := []int{end}
		for end < len(run) && run[end] == "of" { // "of" joins
			next := basePhrase(run, inner, end+1)
			if next == end+1 {
				break
			}
			end = next
			ends = append(ends, end)
		}
		for _, e := range ends {
			if from := e - phraseWords; from >= start && run[from] != "of" {
				found = append(found, strings.Join(run[from:e], " "))
			}
		}
		start = end
	}
	return found
}

// basePhrase is where the phrase that begins at start ends; start if none does.
func basePhrase(run []string, inner []bool, start int) int {
	i := start
	if i < len(run) && opening[run[i]] {
		i++
	}
	first := i
	for i < len(run) && inner[i] {
		i++
	}
	if i == first {
		// A lot of people: words of quantity are nouns here and nowhere else.
		if i > start && i+1 < len(run) && run[i+1] == "of" && (run[i] == "lot" || run[i] == "lots" || run[i] == "few") {
			return i + 1
		}
		return start
	}
	return i
}

// insidePhrase says of each word whether it may stand inside a noun phrase.
func insidePhrase(run []string) []bool {
	inner := make([]bool, len(run))
	afterVerbal := false // what comes is a verb
	determined := false  // the word before is an opening one
	for i, w := range run {
		switch {
		case opening[w]:
			afterVerbal, determined = false, true
			continue
		case subjects[w] || verbal[w]:
			afterVerbal, determined = true, false
			continue
		case isAdverb(w):
			continue // it leaves open what comes
		case others[w] || w == "of" || isVerbForm(w, determined):
			afterVerbal, determined = false, false
			continue
		}
		inner[i] = !afterVerbal
		afterVerbal, determined = false, false
	}
	return inner
}

func isAdverb(w string) bool {
	return adverbs[w] || strings.HasSuffix(w, "ly") && len(w) > 4 && !lyNouns[w]
}

// isVerbForm says whether a word is a verb for all that can be told. Right after an
// article or the like it is not: "the dying man", "a broken heart", "my work".
func isVerbForm(w string, determined bool) bool {
	if determined {
		return false
	}
	return verbs[w] || (strings.HasSuffix(w, "ed") || strings.HasSuffix(w, "ing")) && len(w) > 4 && !nouns[w]
}
