// Command generate writes the synthetic corpora of examples/sample: short texts for
// empathy (yes or no), sentiment (positive or negative), emotion (Plutchik's eight), and
// the direction of empathy (seeking, providing, none) in the format of TwittEmp.
//
//	go run ./examples/sample/generate
//
// The texts are put together from phrases written for this project, by a seeded choice,
// so every run writes the same bytes. They are made to show a training run at work, not
// to measure anything: nobody wrote them about a real event.
//
// What makes them worth learning from:
//
//   - The classes of a task share their topics, people and fillers, so what a text is
//     about does not give its class away.
//   - Some texts quote the other class and turn against it ("He said …, but I …"), and
//     some words stand in both, so single words do not decide everything.
//   - Feelings are named with the same words in all corpora (feelings.go), so
//     sentiment and emotion have something to teach about empathy.
//   - A few labels are wrong, a few texts stand twice, a few have links and @names, so
//     that cleaning has something to show.
package main
