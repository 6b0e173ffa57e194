// Package leak finds test and validation texts that also are in another part of a corpus,
// contained in a text there or nearly equal to one: leaks from training to evaluation.
//
//	report, err := leak.Find(ctx, corpus)  // train, valid and test against each other
//	fmt.Print(report)                      // counts, shares, examples, what to do
//
// Package data keeps equal texts in one part, but that is not enough: a phrase of a sentence,
// or a tweet in which one name differs, gives its class away as well.
//
// # What is found
//
// Words are those of package data/words, folded: case and punctuation do not count. A text is
// contained in another if its words are a contiguous part of the other's. It is nearly equal
// to another if the Jaccard similarity of their sets of three words in a row (shingles) is at
// least one half; so one word of eleven may differ. Texts of less than four words are not
// searched: "what a day" is in many texts and gives nothing away.
//
// # How
//
// The result is exact, as if every text were compared with every other (the tests do that).
// A text that is contained in another shares its rarest shingle with it; one that has at least
// half of its shingles in common with another shares one of its rarer half (the prefix filter
// of Chaudhuri, Ganti, Kaushik, "A Primitive Operator for Similarity Joins in Data Cleaning",
// ICDE 2006). So the tested texts are indexed by those, the other part is read once, and only
// pairs with a common entry are compared. Memory is eight bytes a text, and the index; words are numbers on the disk
// where there are many (package spool).
//
// Where there are very many tested texts, or most pairs have a common entry, a sample of the
// tested texts is searched, drawn by a hash of each text; the report says so.
package leak
