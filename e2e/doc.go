// Package e2e has the end-to-end tests: the two programs as a user runs them, with real
// processes, a real NATS server and a real libtorch. It has only tests.
//
//	eval "$(setup/env.sh)"
//	go test ./e2e/                  # or: make test
//	go test ./e2e/ -run Interrupt -v
//
// # How a test is built
//
// TestMain builds ringmaster and ringmaster-worker once. A test makes a [desk]: a
// folder with a tiny BERT with random weights, three small corpora and a run file, which
// is also the programs' home, so that the user's caches are not touched. It runs the
// programs there and checks the exit code, output, run directory and processes.
//
//	d := newDesk(t)
//	d.train(t, "--set", "method=mt")                       // waits for its end; fails the test on an error
//	p := d.start(t, d.ringmaster, "train", "run.yaml")     // runs in the background
//	p.await(t, "a step", func() bool { … })                // a condition, never a pause
//
// One finished run is shared by the tests that only read it ([finishedRun]).
//
// # Rules
//
// No fixed ports, no sleeps instead of conditions, fixed seeds; deadlines are far beyond the time
// that a slow machine needs. All processes that a test starts have ended when it ends: a
// worker that is left behind fails the test.
package e2e
