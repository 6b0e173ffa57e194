// Package e2e holds the end-to-end tests of the product: the two programs as a person
// runs them, with real processes, a real NATS server and a real libtorch. It has no
// code but tests.
//
//	eval "$(setup/env.sh)"
//	go test ./e2e/                  # or: make test
//	go test ./e2e/ -run Interrupt -v
//
// # How a test is built
//
// TestMain builds ringmaster and ringmaster-worker once. A test makes a [desk]: a
// folder with a tiny BERT of random weights, three small corpora and a run file, which
// is also the programs' home, so that nobody's caches are read or written. It runs the
// programs there and reads what they leave: exit code, words, run directory, processes.
//
//	d := newDesk(t)
//	d.train(t, "--set", "method=mt")                       // to its end, or the test fails
//	p := d.start(t, d.ringmaster, "train", "run.yaml")     // goes on beside the test
//	p.await(t, "a step", func() bool { … })                // a condition, never a pause
//
// One finished run is shared by the tests that only read it ([finishedRun]).
//
// # What they promise
//
// No fixed port, no sleep that hopes, seeds everywhere; deadlines are far beyond what a
// slow machine needs. Whatever a test starts is gone when it ends: a worker that is
// left behind fails the test.
package e2e
