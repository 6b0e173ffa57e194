package data

import (
	"fmt"
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
	steps    []cleaningStep
	patterns []*regexp.Regexp
}

// cleaningStep is one thing that is done to a text, under the name it is counted by.
type cleaningStep struct {
	name string
	do   func(text string) string
}

// NewCleaner compiles what a declaration says; the error is of kind ErrDeclaration.
func NewCleaner(c config.Clean) (*Cleaner, error) {
	k := &Cleaner{}
	for _, p := range c.Replace {
		if p.From == "" {
			return nil, wrong("clean.replace cannot replace an empty text")
		}
		k.steps = append(k.steps, cleaningStep{fmt.Sprintf("%q replaced by %q", p.From, p.To), func(text string) string {
			return strings.ReplaceAll(text, p.From, p.To)
		}})
	}
	if c.URLs {
		k.steps = append(k.steps, cleaningStep{"links replaced by <URL>", replaceLinks})
	}
	if c.Users {
		k.steps = append(k.steps, cleaningStep{"names replaced by <USER>", replaceMentions})
	}
	k.steps = append(k.steps, cleaningStep{"white space removed at the ends", strings.TrimSpace})
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
	for _, s := range k.steps {
		text = s.do(text)
	}
	return text
}

// changes names the steps that change a text.
func (k *Cleaner) changes(text string) []string {
	var names []string
	for _, s := range k.steps {
		after := s.do(text)
		if after != text {
			names = append(names, s.name)
		}
		text = after
	}
	return names
}

// The regular expressions are slow, and most texts have nothing for them.

func replaceLinks(text string) string {
	if !mayHaveLink(text) {
		return text
	}
	return link.ReplaceAllString(text, "<URL>")
}

func replaceMentions(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return mention.ReplaceAllString(text, "${1}<USER>")
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
