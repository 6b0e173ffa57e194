// Package affinity says which cores a child process runs on, from its first instruction, and
// how many of the machine's this process may use at all.
//
//	own, err := affinity.Own()
//	...
//	cores, threads := own.Part(rank, world)
//	err = affinity.Start(cmd, cores...)
//
// The quota of a container ([Quota]) counts as cores: with 150 ms of every 100 ms a process
// has one and a half, however many it may run on. No library that is kept tells just that:
// automaxprocs, whose reader is not exported, is superseded by the Go runtime's own, which
// asks the process's own group alone; those of container runtimes manage groups as well.
//
// The Go runtime counts its cores when a program starts, so a Go child that is started
// this way has a GOMAXPROCS to match. A process that sets its own affinity later has not.
//
// Where the operating system has no such call (anything but Linux), Start starts the
// child on whatever cores there are.
package affinity
