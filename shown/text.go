package shown

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most characters of a foreign text that are shown.
const (
	lineLimit  = 1000
	quoteLimit = 80
	shortLimit = 80
)

// Line is a text on one line, without anything that a terminal acts on. Of a long one the
// beginning is left, with its length.
func Line(s string) string {
	head, cut := beginning(s, lineLimit)
	return escape(head, false) + cut
}

// Short is Line for what is short in earnest: a name, a host.
func Short(s string) string {
	head, cut := beginning(s, shortLimit)
	return escape(head, false) + cut
}

// Quote is Line, shorter and between quotation marks, as Go writes a string.
func Quote(s string) string {
	head, cut := beginning(s, quoteLimit)
	return quoteMarks(head) + cut
}

// Text leaves line ends and tabs as they are, and bounds nothing.
func Text(s string) string { return escape(s, true) }

// beginning cuts a text after so many characters and says what was left out.
func beginning(s string, limit int) (head, cut string) {
	n := 0
	for at := range s {
		if n == limit {
			return s[:at], fmt.Sprintf("… (%d bytes in all)", len(s))
		}
		n++
	}
	return s, ""
}

// quoteMarks is strconv.Quote with the characters that turn text round escaped too.
func quoteMarks(s string) string {
	quoted := strconv.Quote(s)
	return escape(quoted, false)
}

// escape writes what a terminal would act on as Go writes it in a string: control characters,
// characters that turn the direction of text or are not seen, bytes that are no UTF-8.
func escape(s string, lines bool) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return acts(r, lines) || r == utf8.RuneError }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case acts(r, lines):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// acts says whether a terminal does something else with a character than show it.
func acts(r rune, lines bool) bool {
	switch {
	case lines && (r == '\n' || r == '\t'):
		return false
	case r == '\u200d': // joins what is one character to a person, as in many emoji
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Name says whether a text can be a name as it is: all of it is seen, and none of it is space.
func Name(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || acts(r, false) || r == '\u200d'
	})
}
