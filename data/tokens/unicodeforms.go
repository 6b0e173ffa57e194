package tokens

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// unicodeForm is NFC, NFD, NFKC or NFKD as Hugging Face's library has it. Package norm is not given whole texts, but
// where they are in the form already: it breaks up runs of more than 30 nonstarters, and knows compatible characters
// that the library does not.
func unicodeForm(form norm.Form) textStep {
	compatible, composes := form == norm.NFKC || form == norm.NFKD, form == norm.NFC || form == norm.NFKC
	return func(text string) string {
		if isASCII(text) || form.IsNormalString(text) {
			return text
		}
		var out []rune
		start := 0 // of the run of nonstarters at the end
		classes := []uint8{}
		order := func() {
			run := make([]nonstarter, len(out)-start)
			for i, r := range out[start:] {
				run[i] = nonstarter{r, classes[i]}
			}
			slices.SortStableFunc(run, func(x, y nonstarter) int { return int(x.class) - int(y.class) })
			for i, n := range run {
				out[start+i] = n.rune
			}
			classes = classes[:0]
		}
		for _, r := range text {
			for _, part := range decomposed(r, compatible) {
				class := norm.NFD.PropertiesString(string(part)).CCC()
				if class == 0 {
					order()
					out, start = append(out, part), len(out)+1
					continue
				}
				out, classes = append(out, part), append(classes, class)
			}
		}
		order()
		if composes {
			out = composed(out)
		}
		return string(out)
	}
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func decomposed(r rune, compatible bool) string {
	switch {
	case r < belowDecomposable && !compatible || r < utf8.RuneSelf:
		return string(r)
	case compatible && unicode.Is(compatibleTable, r):
		return norm.NFKD.String(string(r))
	}
	return norm.NFD.String(string(r))
}

// composed joins each starter with the characters after it that make one character with it and are not kept from it by
// another of their class (UAX #15, D117).
func composed(text []rune) []rune {
	out := text[:0]
	starter, last := -1, 0 // the place of the last starter; the class of what was kept since
	for _, r := range text {
		class := int(norm.NFD.PropertiesString(string(r)).CCC())
		if starter >= 0 && (last < class || last == 0 && starter == len(out)-1) {
			if one, ok := primary(out[starter], r); ok {
				out[starter] = one
				continue
			}
		}
		if class == 0 {
			starter, last = len(out), 0
		} else {
			last = class
		}
		out = append(out, r)
	}
	return out
}

// primary is the one character that a pair is composed to.
func primary(a, b rune) (rune, bool) {
	if a < utf8.RuneSelf && b < utf8.RuneSelf {
		return 0, false
	}
	pair := norm.NFC.String(string(a) + string(b))
	one, size := utf8.DecodeRuneInString(pair)
	return one, size == len(pair)
}

func lowered(text string) string {
	b := normalising{normaliser: normaliser{lowercase: true}, out: make([]byte, 0, len(text))}
	for _, r := range text {
		b.lower(r)
	}
	return string(b.out)
}

func withoutMarks(text string) string {
	if isASCII(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(combiningTable, r) {
			return -1
		}
		return r
	}, text)
}

// stripped takes white space off the ends of a text.
func stripped(left, right bool) textStep {
	space := func(r rune) bool { return unicode.Is(unicode.White_Space, r) }
	return func(text string) string {
		if left {
			text = strings.TrimLeftFunc(text, space)
		}
		if right {
			text = strings.TrimRightFunc(text, space)
		}
		return text
	}
}
