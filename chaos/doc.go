// Package chaos hurts a run in every way that a seed says, and judges whether anything was
// lost. Everything is real: processes, sockets, signals, a NATS server, a disk. Only the
// model is tiny, so that a step takes some ten milliseconds.
//
//	report, err := chaos.Run(ctx, chaos.Options{Programs: …, Dir: dir, Seed: 7, Faults: 200, …})
//	fmt.Print(report.Text())     // report.OK: all checks hold
//
// # A trial
//
//	faults/     what goes wrong and when, from a seed; pure
//	desk.go     the folder: model, corpora, run file, the programs' home
//	quiet.go    the runs to compare with, to which nothing is done; made once a folder
//	fleet.go    NATS server, coordinator, workers; each has a way of its own to the server
//	trial.go    the loop: wait for a step, do a round, wait until the run has settled
//	inflict.go  how each kind of fault is done and undone
//	recovery/   how long the run stood still, as a distribution; pure
//	verdict.go  what has to hold in the end
//
// One goroutine owns a trial. It looks every ten milliseconds at what was committed
// (events.jsonl, as it grows) and at what has ended, and never waits for anything but a
// condition with a deadline, Options.Patience. When that passes the run hangs: the trial
// ends with the tails of all logs, and has every program write its goroutines' stacks.
//
// It does what somebody who runs a cluster does: a process that ends is started again. One
// to which something was done may end (it is counted); any other is a surprise and fails
// the verdict.
//
// # How faults are done
//
// The control server is a process of its own, so that it dies alone. Workers and
// coordinator reach it over toxiproxy, where connections are cut, hung and slowed. The
// ring's links have no proxy, since only workers know their ports: their sockets are
// borrowed from the worker's process (ringlinks.go) and shut down, or paced. The disk that
// fills up is a small file system in a mount namespace of the trial (disk.go); where there
// may be none, that kind is left out, and said so.
//
// # What has to hold
//
// All faults were done; nothing ended that should not; the audit is clean; every step is
// there once, in order; loss and model are those of the quiet run, as near as two quiet
// runs with different numbers of workers are to each other (there is no dropout, so all
// walk one path but for rounding); no rank was found to differ, and no link was named as
// slow (none is for long); the time to recover is within its goals; no process, port or
// temporary file is left.
//
// # Its own end
//
// The kernel kills every child when this program ends, however it ends (process.go), and
// takes the small disk away with the namespace.
package chaos
