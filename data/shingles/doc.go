// Package shingles compares texts by their words: which stand inside others, and which are
// nearly the same.
//
//	v := shingles.Vocabulary{}
//	a, b := v.Words("so sad a film"), v.Words("It is SO sad a film!")
//	b.Contains(a)                            // true
//	shingles.Near(a.Set(nil), b.Set(nil))    // half of all runs of three words are in both
//	shingles.Together(texts)                 // which texts stand inside one another
//
// Words are those of package data/words, folded: case and punctuation do not count. Texts of
// less than MinWords words are not compared: "what a day" stands in many texts, and says
// nothing of what they have in common.
package shingles
