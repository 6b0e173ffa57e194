package tokens

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// byteLevel is the pre-tokenizer of GPT-2 and RoBERTa: it cuts by GPT-2's pattern, and the model then reads bytes. In
// files a byte is written as a character that can be seen; here bytes stay bytes, and the vocabulary is translated.
func byteLevel(prefixSpace, pattern bool) cutter {
	return func(text string, first bool, yield func(string, bool) bool) bool {
		if prefixSpace && !strings.HasPrefix(text, " ") {
			text = " " + text
		}
		if !pattern {
			return yield(text, first)
		}
		for text != "" {
			end := gptWord(text)
			if !yield(text[:end], first) {
				return false
			}
			text, first = text[end:], false
		}
		return true
	}
}

// gptWord is the length of the first match of
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gptWord(text string) int {
	if text[0] == '\'' {
		for _, ending := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
			if strings.HasPrefix(text, ending) {
				return len(ending)
			}
		}
	}
	start := 0
	if text[0] == ' ' {
		start = 1
	}
	r, _ := utf8.DecodeRuneInString(text[start:])
	if kind := kindOfRune(r); start < len(text) && kind != whiteSpace {
		return start + runOf(text[start:], kind)
	}
	end := runOf(text, whiteSpace)
	if end == len(text) {
		return end
	}
	// White space before a word leaves it its last character, if it has more than one.
	_, last := utf8.DecodeLastRuneInString(text[:end])
	if last < end {
		return end - last
	}
	return end
}

type runeKind int

const (
	letter runeKind = iota
	number
	whiteSpace
	other
)

func kindOfRune(r rune) runeKind {
	switch {
	case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		return letter
	case '0' <= r && r <= '9':
		return number
	case r == ' ' || '\t' <= r && r <= '\r':
		return whiteSpace
	case r < utf8.RuneSelf:
		return other
	case unicode.Is(letterTable, r):
		return letter
	case unicode.Is(numberTable, r):
		return number
	case unicode.Is(unicode.White_Space, r):
		return whiteSpace
	}
	return other
}

// runOf is the length of the characters of one kind that a text begins with.
func runOf(text string, kind runeKind) int {
	for i, r := range text {
		if kindOfRune(r) != kind {
			return i
		}
	}
	return len(text)
}

// byteOf is which byte a character of a byte-level vocabulary stands for: those that can be seen for themselves, the
// others for characters from U+0100 on, in their order.
var byteOf = func() map[rune]byte {
	table := map[rune]byte{}
	next := rune(0x100)
	for b := range 256 {
		r := rune(b)
		if seen := '!' <= r && r <= '~' || 0xA1 <= r && r <= 0xAC || 0xAE <= r && r <= 0xFF; !seen {
			r = next
			next++
		}
		table[r] = byte(b)
	}
	return table
}()

// bytesOf translates a piece of a byte-level vocabulary; false: no bytes are written so, and no text has it.
func bytesOf(piece string) (string, bool) {
	out := make([]byte, 0, len(piece))
	for _, r := range piece {
		b, ok := byteOf[r]
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}
