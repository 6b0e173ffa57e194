// Package shingles compares texts by their words: which contain others, and which are nearly
// equal.
//
//	v := shingles.Vocabulary{}
//	a, b := v.Words("so sad a film"), v.Words("It is SO sad a film!")
//	b.Contains(a)                            // true
//	shingles.Near(a.Set(nil), b.Set(nil))    // half of all runs of three words are in both
//	shingles.Together(texts)                 // groups of texts that contain one another
//
// Words are those of package data/words, folded: case and punctuation do not count. Texts of
// less than MinWords words are not compared: "what a day" is in many texts that have nothing
// else in common.
package shingles
