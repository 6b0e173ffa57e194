// Package affinity says which cores a child process runs on, from its first instruction.
//
//	cores, err := affinity.Cores()
//	...
//	err = affinity.Start(cmd, affinity.Share(cores, rank, world))
//
// The Go runtime counts its cores when a program starts, so a Go child that is started
// this way has a GOMAXPROCS to match. A process that sets its own affinity later has not.
//
// Where the operating system has no such call (anything but Linux), Start starts the
// child on whatever cores there are.
package affinity
