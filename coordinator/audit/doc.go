// Package audit judges what a run left behind: whether every example of every finished
// epoch counted exactly once, at the step where the plan has it, with the λ and the
// learning rate of that step, under generations that follow each other.
//
//	verdict, err := audit.Judge(audit.Record{Run: run, Plan: planned, Events: …, Ledger: …})
//	verdict.OK, verdict.Problems   // a sentence each, with step, task and row
//
// Judge is a function of what was read: no file, no clock, no goroutine. It computes the
// plan anew from the run file and the tasks' training rows (rundir.Plan), and trusts
// neither log to be right about the other:
//
//	order.go     every step of every stage once, in order, in both logs, up to the run's end
//	examples.go  a step's examples are the plan's, over all ranks
//	epochs.go    a finished epoch of a task has each of its rows once; this counts the
//	             ledger's rows and asks the plan only how many draws a task has had
//	events.go    λ, learning rate, generation, world, losses, counts
//
// How examples are shared between a step's ranks is not judged: it may not change the
// result, and depends on texts that a run directory does not hold.
//
// # The end of a run
//
// A finished run has all steps of all its stages, but for teachers that were at hand. A
// run that was stopped has at least those that its checkpoints speak of; one that was
// cut off has what it has, in both logs alike. Nothing in a directory tells a line that
// was never written from one that was taken out of both logs behind the last checkpoint.
package audit
