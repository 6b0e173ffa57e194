// Package datatest puts examples into parts of corpora, and takes them out, for tests:
//
//	corpus := &data.Corpus{Train: datatest.Part(t, data.Example{Text: "a text"})}
//	for _, e := range datatest.List(t, corpus.Train) { … }
//
// Either ends the test where it cannot be done.
package datatest
