package data

import (
	"regexp"
	"strings"

	"ringmaster/config"
)

var (
	// link is a web address up to white space, without closing punctuation.
	link = regexp.MustCompile(`(?i)(?:https?://|\bwww\.)[^\s<>"]*[^\s<>".,;:!?'()\[\]{}…’”]`)
	// mention is an @name that does not continue a word, as the @ of a mail address does.
	mention = regexp.MustCompile(`(^|[^\p{L}\p{N}_@])@[\p{L}\p{N}_]+`)
)

// Cleaner prepares texts: substrings are replaced first, then links and names,
// then white space goes at both ends. Nothing else changes.
type Cleaner struct {
	declared config.Clean
	replacer []config.Pair
	patterns []*regexp.Regexp
}

// NewCleaner compiles what a declaration says; the error is of kind ErrDeclaration.
func NewCleaner(c config.Clean) (*Cleaner, error) {
	k := &Cleaner{declared: c}
	for _, p := range c.Replace {
		if p.From == "" {
			return nil, wrong("clean.replace cannot replace an empty text")
		}
		k.replacer = append(k.replacer, p)
	}
	for _, text := range c.Drop {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, wrong("clean.drop has %q, which is no regular expression: %v", text, err)
		}
		k.patterns = append(k.patterns, pattern)
	}
	return k, nil
}

// Clean is the text as training would see it. Patterns that drop a text do not count here.
func (k *Cleaner) Clean(text string) string {
	for _, p := range k.replacer {
		text = strings.ReplaceAll(text, p.From, p.To)
	}
	// The regular expressions are slow, and most texts have nothing for them.
	if k.declared.URLs && mayHaveLink(text) {
		text = link.ReplaceAllString(text, "<URL>")
	}
	if k.declared.Users && strings.Contains(text, "@") {
		text = mention.ReplaceAllString(text, "${1}<USER>")
	}
	return strings.TrimSpace(text)
}

func mayHaveLink(text string) bool {
	return strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.")
}

// drops is the pattern that drops a text, or empty.
func (k *Cleaner) drops(text string) string {
	for _, p := range k.patterns {
		if p.MatchString(text) {
			return p.String()
		}
	}
	return ""
}
