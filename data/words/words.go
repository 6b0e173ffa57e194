package words

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Of lists the words of a text, as they are written.
func Of(text string) []string {
	var list []string
	eachSegment(text, func(segment string, isWord bool) {
		if isWord {
			list = append(list, segment)
		}
	})
	return list
}

// Fold is the form in which words are compared: in small letters, with one kind of apostrophe.
func Fold(word string) string {
	return strings.ReplaceAll(strings.ToLower(word), "’", "'")
}

// eachSegment goes through a text's words and all that stands between them.
func eachSegment(text string, do func(segment string, isWord bool)) {
	state := -1
	for text != "" {
		var segment string
		segment, text, state = uniseg.FirstWordInString(text, state)
		do(segment, strings.ContainsFunc(segment, isWordRune))
	}
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
