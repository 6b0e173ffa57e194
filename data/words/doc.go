// Package words splits texts into words and sentences, for all packages that count or match
// them.
//
//	words.Of("I don't know. <URL>")        // I, don't, know, URL
//	words.Sentences("Oh no! So sad.")      // 2
//	words.Fold("DON’T")                    // don't
//
// Both follow Unicode's text segmentation (UAX #29, through rivo/uniseg), without
// tailoring: a word is a segment with a letter or a digit, a sentence is one with a
// word. So "don't" and "3.5" are one word, "well-known" is two, emoji and punctuation
// are none; a line break ends a sentence, a full stop does before a capital letter,
// after an abbreviation ("Dr. Lee") too, and does not before a small one.
package words
