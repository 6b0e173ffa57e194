// Package leak finds texts of one part of a corpus that another part has too, whole or
// nearly: what a model is tested on and has seen in training.
//
//	report, err := leak.Find(ctx, corpus)  // train, valid and test against each other
//	fmt.Print(report)                      // counts, shares, examples, what to do
//
// Equal texts never stand in two parts (package data sees to that), and are not enough: a
// phrase of a sentence, or a tweet in which one name differs, gives its class away as well.
//
// # What is found
//
// Words are those of package data/words, folded: case and punctuation do not count. A text is
// contained in another if its words stand there in a row. It is nearly another if the Jaccard
// similarity of their sets of three words in a row (shingles) is at least one half; one word
// of eleven may differ so, wherever it stands. Texts of less than four words are not looked at: "what a day" stands
// in many texts and gives nothing away.
//
// # How
//
// The result is exact, as if every text were compared with every other (the tests do that).
// A text that is contained in another shares its rarest shingle with it; one that has at least
// half of its shingles in common with another shares one of its rarer half (the prefix filter
// of Chaudhuri, Ganti, Kaushik, "A Primitive Operator for Similarity Joins in Data Cleaning",
// ICDE 2006). So the tested texts are indexed by those, the other part goes past once, and only
// pairs that meet are compared. Memory is four bytes a word, and the index.
//
// Where the tested texts are very many, or texts are so alike that most pairs meet, a sample of
// the tested texts is looked at, drawn by a hash of each text; the report says so.
package leak
