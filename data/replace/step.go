package replace

import (
	"fmt"
	"regexp"
	"strings"
)

// Step replaces every match of a pattern, from left to right and without overlaps.
type Step struct {
	// Literal is the text that is replaced; empty where Regex says what is.
	Literal string
	// Regex is the pattern as tokenizer.json has it.
	Regex string
	// With is what stands there afterwards, as it is.
	With string

	what  string                   // is replaced, where it is a pattern
	apply func(text string) string // nil: the zero Step, or a literal one
}

// Literal replaces a text that is not empty.
func Literal(from, to string) Step { return Step{Literal: from, With: to} }

// Links replaces web addresses, up to white space and without closing punctuation.
func Links(with string) Step {
	return Step{Regex: linkPattern, With: with, what: "links", apply: func(text string) string {
		// The regular expression is slow, and most texts have nothing for it.
		if !strings.Contains(text, "://") && !strings.Contains(strings.ToLower(text), "www.") {
			return text
		}
		return link.ReplaceAllLiteralString(text, with)
	}}
}

// Names replaces every @name that does not continue a word, as the @ of a mail address does.
func Names(with string) Step { return names(nameCharacters(), with) }

// Trim takes white space off a text's ends.
func Trim() Step {
	return Step{Regex: trimPattern, what: "white space at the ends", apply: strings.TrimSpace}
}

// TrimWords is Trim that leaves a text of white space alone as it is.
func TrimWords() Step {
	return Step{Regex: trimWordsPattern, what: "white space before and after the words", apply: func(text string) string {
		if trimmed := strings.TrimSpace(text); trimmed != "" {
			return trimmed
		}
		return text
	}}
}

// Apply gives the text after the step.
func (s Step) Apply(text string) string {
	switch {
	case s.apply != nil:
		return s.apply(text)
	case s.Literal != "":
		return strings.ReplaceAll(text, s.Literal, s.With)
	}
	return text
}

// String says what the step does.
func (s Step) String() string {
	switch {
	case s.Regex == trimPattern || s.Regex == trimWordsPattern:
		return s.what + " removed"
	case s.apply != nil:
		return fmt.Sprintf("%s replaced by %s", s.what, s.With)
	}
	return fmt.Sprintf("%q replaced by %q", s.Literal, s.With)
}

// Equal says whether two steps do the same.
func (s Step) Equal(other Step) bool {
	return s.Literal == other.Literal && s.Regex == other.Regex && s.With == other.With
}

// Parse gives the step of a regular expression of tokenizer.json.
func Parse(pattern, with string) (Step, error) {
	switch {
	case pattern == linkPattern:
		return Links(with), nil
	case pattern == trimPattern && with == "":
		return Trim(), nil
	case pattern == trimWordsPattern && with == "":
		return TrimWords(), nil
	}
	if m := namePattern.FindStringSubmatch(pattern); m != nil && m[1] == m[2] {
		return names(m[1], with), nil
	}
	return Step{}, fmt.Errorf("%w: %q", ErrUnknownPattern, pattern)
}

// Both say the same, once for each engine. "s" has a third form, ſ, where case is folded.
var link = regexp.MustCompile(`(?i)(?:https?://|\bwww\.)[^\s<>"]*[^\s<>".,;:!?'()\[\]{}…’”]`)

const linkPattern = `(?:[Hh][Tt][Tt][Pp][Ssſ]?://|(?<![0-9A-Za-z_])[Ww][Ww][Ww]\.)[^\t\n\f\r <>"]*[^\t\n\f\r <>".,;:!?'()\[\]{}…’”]`

// The patterns name what Go counts as white space.
const (
	trimPattern      = `\A[` + spaces + `]+|[` + spaces + `]+\z`
	trimWordsPattern = `\A[` + spaces + `]+(?=[^` + spaces + `])|(?<=[^` + spaces + `])[` + spaces + `]+\z`
)

const spaces = `\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}`
