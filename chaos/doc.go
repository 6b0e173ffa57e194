// Package chaos injects faults into a run by a seeded schedule, and verifies that nothing was
// lost. Everything is real: processes, sockets, signals, a NATS server, a disk. Only the
// model is tiny, so that a step takes some ten milliseconds.
//
//	report, err := chaos.Run(ctx, chaos.Options{Programs: …, Dir: dir, Seed: 7, Faults: 200, …})
//	fmt.Print(report.Text())     // report.OK: all checks passed
//
// # A trial
//
//	faults/     what goes wrong and when, from a seed; pure
//	desk.go     the folder: model, corpora, run file, the programs' home
//	quiet.go    the undisturbed runs to compare with; made once per folder
//	fleet.go    NATS server, coordinator, workers; each has its own proxy to the server
//	trial.go    the loop: wait for a step, do a round, wait until the run has settled
//	inflict.go  how each kind of fault is injected and ended
//	recovery/   how long the run made no progress, as a distribution; pure
//	verdict.go  the checks after the run
//
// One goroutine owns a trial. It looks every ten milliseconds at what was committed
// (events.jsonl, as it grows) and at what has ended, and never waits for anything but a
// condition with a deadline, Options.Patience. When that passes the run hangs: the trial
// ends with the tails of all logs, and has every program write its goroutines' stacks.
//
// Like the operator of a cluster, it restarts a process that has ended. A process that had
// a fault may end (it is counted); the end of any other process fails the verdict.
//
// # How faults are injected
//
// The control server is a process of its own, so that it can be killed alone. Workers and
// coordinator reach it over toxiproxy, where connections are cut, hung and slowed. The
// ring's links have no proxy, since only workers know their ports: their sockets are
// duplicated from the worker's process (ringlinks.go) and shut down, or paced. The disk that
// fills up is a small file system in a mount namespace of the trial (disk.go); where mount
// namespaces are not allowed, that kind of fault is left out with a message.
//
// # What is verified
//
// All faults were injected; no process ended without a fault; the audit finds no problem;
// every step was done once, in order; loss and model match those of the undisturbed run, up to
// a multiple of the difference between two undisturbed runs with different numbers of workers
// (there is no dropout, so they differ by rounding only); no rank was reported to differ, and
// no link was reported as slow (none is for long); the recovery times are within their limits;
// no process, port or temporary file is left.
//
// # Its own end
//
// The kernel kills every child when this program ends, however it ends (process.go), and
// takes the small disk away with the namespace.
package chaos
