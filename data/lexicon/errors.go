package lexicon

import "errors"

var (
	// ErrLexicon is a file that is no lexicon.
	ErrLexicon = errors.New("not a lexicon")
	// ErrChoice is an invalid choice of words.
	ErrChoice = errors.New("invalid choice of words")
)
