// Command generate writes the synthetic corpora of examples/sample: short texts for
// empathy (yes or no), sentiment (positive or negative), emotion (Plutchik's eight), and
// the direction of empathy (seeking, providing, none) in the format of TwittEmp.
//
//	go run ./examples/sample/generate
//
// The texts are combined from phrases written for this project, by a seeded choice, so every
// call writes the same bytes. They demonstrate a training run and measure nothing: the events
// are not real.
//
// Properties that make them useful for training:
//
//   - The classes of a task share their topics, people and filler phrases, so the topic of a
//     text does not reveal its class.
//   - Some texts quote the other class and contradict it ("He said …, but I …"), and
//     some words occur in both, so single words do not determine the class.
//   - Feelings are named with the same words in all corpora (feelings.go), so
//     sentiment and emotion help with empathy.
//   - A few labels are wrong, a few texts are duplicates, a few have links and @names, for
//     cleaning to find.
package main
