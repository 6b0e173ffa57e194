// Package tinybert makes BERTs small enough that a training step takes milliseconds: real
// models in every respect but size, for tests and tools that are about what happens around
// the model. Weights are random and seeded, the same on every machine.
//
//	err := tinybert.Write(dir, tinybert.Config(32))
//	text := tinybert.Sentence(random, []string{"sorry", "hope"}, 7)   // "i was sorry, no 7."
//
// The vocabulary holds a few words whole and spells everything else. Of the words, those
// of [Plain] are signs of no class; a corpus gives each class signs of its own among the
// rest, so that there is something to learn.
package tinybert
