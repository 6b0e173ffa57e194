// Package lexicon chooses texts by the words of a rated lexicon, such as the empathy
// lexicon of Sedoc, Buechel, Nachmany, Buffone & Ungar (2019).
//
//	lex, err := lexicon.Read("empathy.txt")
//	matcher, err := lexicon.Choose(lex, lexicon.Choice{Top: 1000, Deny: []string{"said"}, Require: []string{"cancer"}})
//	m := matcher.Match("My heart goes out to her. Cancer is cruel.")
//	if m.Keep() { … }
//
// # The file
//
// Headerless CSV, word and rating, as it is published: quoted as RFC 4180 says, so that
// a word that is a quotation mark stands as """". A word without letter or digit, which
// no text can hold as a word, is counted and left out; of a word that stands twice the
// higher rating counts. Read also takes the name of a list that is part of this package
// (Lists).
//
// # Matching
//
// Whole words (package words), whatever their case and the form of their apostrophes:
// cancer is not in cancerous. A lexicon entry, or a word on a list, of several words
// matches them in a row, whatever stands between.
//
// # Choosing
//
// The Top entries by rating, of equals the alphabetically first; then the denied ones
// are removed and not replaced, then the allowed ones are added, whether or not the lexicon
// has them. A text is kept if it holds one of them, and, where words are required, one
// of those too.
package lexicon
