package lexicon

import "errors"

var (
	// ErrLexicon is a file that is no lexicon.
	ErrLexicon = errors.New("not a lexicon")
	// ErrChoice is a choice of words that cannot be meant.
	ErrChoice = errors.New("impossible choice of words")
)
