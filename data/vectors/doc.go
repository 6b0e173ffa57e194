// Package vectors provides the pretrained word vectors of a baseline: read from a file, or
// trained here with GloVe. It is pure Go.
//
//	table, err := vectors.Read(ctx, "glove.6B.100d.txt", wanted, 100)
//	table, err := vectors.Train(ctx, texts, vectors.Options{Dim: 100, Seed: 1})
//	matrix := table.Matrix(list, seed)    // a row for each word of a list
//
// # Files
//
// GloVe's text format is read: a line a word, the word, then its numbers, with spaces
// between. A first line of two whole numbers (how many words, how many numbers each), as
// word2vec and fastText write it, is skipped. Where a word itself has spaces, as some
// of GloVe's do, the last numbers of the line are its vector.
//
// # Training
//
// [Train] is GloVe (Pennington, Socher & Manning, "GloVe: Global Vectors for Word
// Representation", 2014): co-occurrences within a window, weighted by one over their
// distance; the weighted least squares of the logarithm of their counts; AdaGrad. A word's
// vector is the sum of its two. It runs in one goroutine, in an order that depends on the seed
// alone, so that equal texts give bit-identical vectors.
//
// # Words without a vector
//
// They get a random one, uniform with the standard deviation of the vectors that are there
// (as Kim, 2014, advises), which depends on the seed and the word alone.
package vectors
