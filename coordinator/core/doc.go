// Package core decides what happens next in a run. It is a pure state machine: events
// go in (a worker joined, a step is done, time passed), decisions come out (form a
// ring, deal a step, commit, save, abort). There is no clock, goroutine, file or
// socket in it; the shell in package coordinator turns messages into events and
// decisions into messages, and every bad day is a short script in testdata/.
//
//	m := core.New(core.Config{Workers: 2, Ahead: 4, Silence: 10 * time.Second}, stages)
//	for event := range events {
//		for _, d := range m.Apply(event) {
//			carryOut(d)
//		}
//	}
//
// # A run
//
// The machine waits for Config.Workers workers and forms a ring of them (a new
// generation; ranks by order of joining). Then it goes through the stages in order.
// Before each it asks the shell to Prepare it, since what a stage holds may depend on
// what the one before it left (a teacher's logits need the teacher's weights). Two
// kinds of stage exist:
//
//   - Train: all ranks do every step together. Steps are dealt Config.Ahead at a
//     time; a step is committed when every rank has reported it, in order. After the
//     last, rank 0 saves the model.
//   - Infer: chunks of examples are dealt one by one to whichever worker is free;
//     each is done once.
//
// # What it promises
//
// A step is committed once, in order, and only when every member of the current
// generation reported it. Reports of another stage or generation, and repeated
// reports, change nothing. Parameter hashes that come with a step's reports must be
// equal; a rank that differs from the others is named.
//
// A worker that is lost, fails or falls silent ends the run with an Abort that names
// it. (To form a new generation instead, and carry on, is where this grows next: the
// generation is already in every event.)
package core
