package tokens

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normaliser is BERT's: clean the text, put spaces around Chinese characters, strip accents, lower, in this order.
type normaliser struct {
	chineseChars bool
	stripAccents bool
	lowercase    bool
}

// belowDecomposable is the first code point that can decompose; everything below is a starter too.
const belowDecomposable = 0xC0

// normalise returns text as words are cut from it: its only white space is ' '.
func (n normaliser) normalise(text string) string {
	b := normalising{normaliser: n, out: make([]byte, 0, len(text)+len(text)/8)}
	for _, r := range text {
		switch {
		case isRemoved(r):
		case isSpace(r):
			b.accents(' ')
		case n.chineseChars && r >= utf8.RuneSelf && unicode.Is(ideographTable, r):
			b.accents(' ')
			b.accents(r)
			b.accents(' ')
		default:
			b.accents(r)
		}
	}
	b.flushMarks()
	return string(b.out)
}

// normalising is the state of one text on its way: what is out, and the run of nonstarters (combining characters)
// that waits for its order.
type normalising struct {
	normaliser
	out   []byte
	marks []nonstarter
}

type nonstarter struct {
	rune  rune
	class uint8
}

// accents decomposes r canonically (NFD) and drops the nonspacing marks, if accents are to be stripped.
func (b *normalising) accents(r rune) {
	switch {
	case !b.stripAccents:
		b.lower(r)
	case r < belowDecomposable:
		b.flushMarks()
		b.lower(r)
	case unicode.Is(decomposesTable, r):
		var buffer [utf8.UTFMax * 4]byte
		for _, part := range string(norm.NFD.AppendString(buffer[:0], string(r))) {
			b.part(part)
		}
	default:
		b.part(r)
	}
}

// part takes one character of a decomposition. norm.NFD is not given whole texts since it breaks up runs of more
// than 30 nonstarters, and knows characters that Hugging Face's tables do not.
func (b *normalising) part(r rune) {
	if unicode.Is(nonstarterTable, r) {
		b.marks = append(b.marks, nonstarter{r, norm.NFD.PropertiesString(string(r)).CCC()})
		return
	}
	b.flushMarks()
	if !unicode.Is(markTable, r) {
		b.lower(r)
	}
}

// flushMarks writes the waiting nonstarters that are no nonspacing marks, in canonical order.
func (b *normalising) flushMarks() {
	if len(b.marks) == 0 {
		return
	}
	slices.SortStableFunc(b.marks, func(x, y nonstarter) int { return int(x.class) - int(y.class) })
	for _, m := range b.marks {
		if !unicode.Is(markTable, m.rune) {
			b.lower(m.rune)
		}
	}
	b.marks = b.marks[:0]
}

// lower writes r, in lower case if that is asked for. Each character is lowered by itself, as Hugging Face does:
// a final capital sigma becomes σ, not ς.
func (b *normalising) lower(r rune) {
	switch {
	case !b.lowercase:
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
	default:
		if special, ok := lowercaseExceptions[r]; ok {
			b.out = append(b.out, special...)
			return
		}
		r = unicode.ToLower(r)
	}
	b.out = utf8.AppendRune(b.out, r)
}

func isRemoved(r rune) bool {
	if r < utf8.RuneSelf {
		return r == 0x7F || r < ' ' && r != '\t' && r != '\n' && r != '\r'
	}
	return unicode.Is(removedTable, r)
}

// isSpace is asked only about what isRemoved keeps.
func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' '
	}
	return unicode.Is(spaceTable, r)
}

func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
	}
	return unicode.Is(punctuationTable, r)
}
