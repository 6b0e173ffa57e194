// Package affinity sets the cores that a child process runs on, from its first instruction, and
// reports how many cores this process may use.
//
//	own, err := affinity.Own()
//	...
//	cores, threads := own.Part(rank, world)
//	err = affinity.Start(cmd, cores...)
//
// Threads follow a container's limit, and without one its request ([RequestEnv]).
// The CPU quota of a container ([Quota]) counts as cores: with 150 ms per 100 ms a process has
// one and a half cores, independent of its affinity. No maintained library offers only this:
// automaxprocs does not export its reader and is superseded by the Go runtime, which reads only
// the process's own group; libraries of container runtimes manage groups as well.
//
// The memory limit of a container ([MemoryLimit]) bounds Go's heap ([LimitGoMemory]).
//
// The Go runtime counts its cores when a program starts, so a Go child that is started this
// way has a matching GOMAXPROCS. A process that sets its own affinity later does not.
//
// On operating systems other than Linux, Start starts the child without binding it.
package affinity
