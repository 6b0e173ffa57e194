package tokens

import (
	"unicode"
	"unicode/utf8"
)

// eachWord calls yield with every word of a normalised text, in order: the runs between spaces, with each
// punctuation sign a word of its own. It stops when yield returns false.
func eachWord(normalised string, yield func(word string) bool) {
	start := 0 // of the word being read
	for i, r := range normalised {
		space := r == ' ' || unicode.IsSpace(r) // others are there where a tokenizer.json puts them after normalising
		if !space && !isPunctuation(r) {
			continue
		}
		if i > start && !yield(normalised[start:i]) {
			return
		}
		start = i + utf8.RuneLen(r)
		if !space && !yield(normalised[i:start]) {
			return
		}
	}
	if start < len(normalised) {
		yield(normalised[start:])
	}
}
