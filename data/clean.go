package data

import (
	"regexp"
	"strings"

	"ringmaster/config"
	"ringmaster/data/replace"
	"ringmaster/data/tokens"
)

// Cleaner preprocesses texts: it replaces substrings, then links and @names, and trims
// white space at both ends.
type Cleaner struct {
	steps    []cleaningStep
	patterns []*regexp.Regexp
}

// cleaningStep is one replacement, under the name it is counted by.
type cleaningStep struct {
	name string
	do   func(text string) string
}

// NewCleaner compiles a declaration's cleaning; the error is of kind ErrDeclaration.
func NewCleaner(c config.Clean) (*Cleaner, error) {
	k := &Cleaner{}
	replacements, err := Replacements(c)
	if err != nil {
		return nil, err
	}
	for _, step := range replacements {
		k.steps = append(k.steps, cleaningStep{step.String(), step.Apply})
	}
	k.steps = append(k.steps, cleaningStep{"white space removed at the ends", strings.TrimSpace})
	for _, text := range c.Drop {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, wrong("clean.drop has %q, which is not a regular expression: %v", text, err)
		}
		k.patterns = append(k.patterns, pattern)
	}
	return k, nil
}

// Replacements are what cleaning replaces in a text, in its order. The error is of kind ErrDeclaration.
func Replacements(c config.Clean) ([]replace.Step, error) {
	var steps []replace.Step
	for _, p := range c.Replace {
		if p.From == "" {
			return nil, wrong("clean.replace cannot replace an empty text")
		}
		steps = append(steps, replace.Literal(p.From, p.To))
	}
	if c.URLs {
		steps = append(steps, replace.Links("<URL>"))
	}
	if c.Users {
		steps = append(steps, replace.Names("<USER>"))
	}
	return steps, nil
}

// TokenizerSteps are what the tokenizer of a finished model does to a text before all else, so that it need not be
// cleaned before: the replacements, and where white space at a text's ends makes tokens, that it is removed. The error
// is of kind ErrDeclaration.
func TokenizerSteps(t *tokens.Tokenizer, c config.Clean) ([]replace.Step, error) {
	steps, err := Replacements(c)
	return append(steps, t.Trimming()...), err
}

// Clean preprocesses a text as for training. Patterns that drop a text are not applied.
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

// drops is the pattern that drops a text, or empty.
func (k *Cleaner) drops(text string) string {
	for _, p := range k.patterns {
		if p.MatchString(text) {
			return p.String()
		}
	}
	return ""
}
