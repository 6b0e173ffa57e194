// Package baseline makes the folder that a baseline system's training begins with: its
// configuration, its word vectors, and random weights for the rest. It is pure Go, so that
// a coordinator makes it before any worker starts, and workers find a folder like any other.
//
//	err := baseline.Write(dir, baseline.Spec{
//		Config: weights.NewBaseline(weights.CNN, len(list), 100),
//		Words:  matrix,                                  // a row a word
//		Seed:   1,
//		Tokenizer: tokenizerDir,                         // holds words.txt
//	})
//
// It has one caller, coordinator/job, and is a package of its own because it hides how a
// network's weights are initialised, which has a literature and tests of its own and
// nothing to do with what a run is.
//
// # First values
//
// Convolutions and LSTMs begin as PyTorch has them, uniform within one over the root of
// what a unit sees (for an LSTM, of its size); biases with zeros, but for an LSTM's forget
// gates, which begin with one (Jozefowicz et al., "An Empirical Exploration of Recurrent
// Network Architectures", 2015), so that the first words of a text are not forgotten
// before anything is learnt. All depend on the seed and the tensor's name alone.
package baseline
