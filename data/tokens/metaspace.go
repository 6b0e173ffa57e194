package tokens

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// whitespaceSplit cuts at white space, which it drops.
func whitespaceSplit(text string, first bool, yield func(string, bool) bool) bool {
	start := 0
	for i, r := range text {
		if !unicode.Is(unicode.White_Space, r) {
			continue
		}
		if i > start && !yield(text[start:i], first && start == 0) {
			return false
		}
		start = i + utf8.RuneLen(r)
	}
	return start == len(text) || yield(text[start:], first && start == 0)
}

// isolatePunctuation makes each punctuation sign a word of its own.
func isolatePunctuation(text string, first bool, yield func(string, bool) bool) bool {
	start := 0
	for i, r := range text {
		if !isPunctuation(r) {
			continue
		}
		if i > start && !yield(text[start:i], first && start == 0) {
			return false
		}
		start = i + utf8.RuneLen(r)
		if !yield(text[i:start], first && i == 0) {
			return false
		}
	}
	return start == len(text) || yield(text[start:], first && start == 0)
}

// When Metaspace puts its sign before a text.
const (
	prependAlways = "always"
	prependFirst  = "first" // only where the whole text begins
	prependNever  = "never"
)

// metaspace writes spaces as sign, and cuts before each sign.
func metaspace(sign, prepend string, split bool) cutter {
	return func(text string, first bool, yield func(string, bool) bool) bool {
		text = strings.ReplaceAll(text, " ", sign)
		if !strings.HasPrefix(text, sign) && (prepend == prependAlways || prepend == prependFirst && first) {
			text = sign + text
		}
		for split && text != "" {
			_, head := utf8.DecodeRuneInString(text)
			end := strings.Index(text[head:], sign)
			if end < 0 {
				break
			}
			if !yield(text[:head+end], first) {
				return false
			}
			text, first = text[head+end:], false
		}
		return text == "" || yield(text, first)
	}
}
