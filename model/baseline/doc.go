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
// # Initial weights
//
// Convolutions and LSTMs are initialised as in PyTorch, uniform in ±1/√(fan-in) (for an LSTM
// ±1/√(hidden size)); biases are 0, but 1 for an LSTM's forget gates (Jozefowicz et al.,
// "An Empirical Exploration of Recurrent Network Architectures", 2015), so that an untrained
// LSTM does not forget a text's first words. All depend on the seed and the tensor's name alone.
package baseline
