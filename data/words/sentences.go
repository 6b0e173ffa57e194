package words

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Sentences counts the sentences of a text. A text with a word has at least one.
func Sentences(text string) int {
	n := 0
	eachSentence(text, func(string) { n++ })
	return n
}

func eachSentence(text string, do func(sentence string)) {
	state := -1
	for text != "" {
		var sentence string
		sentence, text, state = uniseg.FirstSentenceInString(text, state)
		if strings.ContainsFunc(sentence, isWordRune) {
			do(sentence)
		}
	}
}

// Runs lists the words of a text, cut at the ends of sentences and wherever anything
// but white space, or a hyphen within a word, stands between two.
func Runs(text string) [][]string {
	var runs [][]string
	eachSentence(text, func(sentence string) {
		var run []string
		end := func() {
			if run != nil {
				runs = append(runs, run)
			}
			run = nil
		}
		spaced := true // after white space
		eachSegment(sentence, func(segment string, isWord bool) {
			switch {
			case isWord:
				run = append(run, segment)
			case strings.TrimFunc(segment, unicode.IsSpace) == "":
			case segment == "-" && !spaced:
			default:
				end()
			}
			spaced = !isWord
		})
		end()
	})
	return runs
}
