package lexicon

import (
	"fmt"
	"strings"
)

// Choice says which words to look for.
type Choice struct {
	// Top is how many entries are taken, the highest rated first; 0 takes all.
	Top int
	// Deny are taken out of them; Allow come in, whether or not the lexicon has them.
	Deny, Allow []string
	// Require are words of which a text must hold at least one; empty requires nothing.
	Require []string
}

// Matcher finds chosen words in texts. It may be used by several goroutines.
type Matcher struct {
	// Chosen is how many words are looked for, and Denied how many of the top ones went.
	Chosen, Denied int
	// DeniedNothing are the words of Deny that are not among the top ones.
	DeniedNothing []string

	chosen, required phrases
}

// Choose prepares a choice; the error is an ErrChoice.
func Choose(l *Lexicon, c Choice) (*Matcher, error) {
	if c.Top < 0 {
		return nil, fmt.Errorf("%w: the top %d words cannot be chosen: give 0 (all) or more", ErrChoice, c.Top)
	}
	m := &Matcher{}
	chosen := map[string]bool{}
	top := l.Entries
	if c.Top > 0 {
		top = top[:min(c.Top, len(top))]
	}
	for _, e := range top {
		chosen[e.Word] = true
	}
	for _, text := range c.Deny {
		word, err := listed("deny", text)
		if err != nil {
			return nil, err
		}
		if chosen[word] {
			delete(chosen, word)
			m.Denied++
		} else {
			m.DeniedNothing = append(m.DeniedNothing, text)
		}
	}
	for _, text := range c.Allow {
		word, err := listed("allow", text)
		if err != nil {
			return nil, err
		}
		chosen[word] = true
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: no words are left to search for", ErrChoice)
	}
	m.Chosen = len(chosen)
	m.chosen = newPhrases(chosen)
	required := map[string]bool{}
	for _, text := range c.Require {
		word, err := listed("require", text)
		if err != nil {
			return nil, err
		}
		required[word] = true
	}
	m.required = newPhrases(required)
	return m, nil
}

func listed(list, text string) (string, error) {
	word := normal(text)
	if word == "" {
		return "", fmt.Errorf("%w: %q of the %s list has no letter and no digit", ErrChoice, strings.TrimSpace(text), list)
	}
	return word, nil
}
