// Package audit judges what a run left behind: whether every example of every finished
// epoch counted exactly once, at the step where the plan has it, with the λ and the
// learning rate of that step, under generations that follow each other.
//
//	verdict, err := audit.Judge(audit.Record{Run: run, Plan: planned, Events: …, Ledger: …})
//	verdict.OK, verdict.Problems   // a sentence each, with step, task and row
//
// Judge is a function of what was read: no file, no clock, no goroutine. It computes the
// plan anew from the run file and the tasks' training rows (directory.Plan), and trusts
// neither log to be right about the other:
//
//	order.go     every step of every stage once, in order, in both logs, up to the run's end
//	examples.go  a step's examples are the plan's, over all ranks
//	epochs.go    a finished epoch of a task has each of its rows once; this counts the
//	             ledger's rows and asks the plan only how many draws a task has had
//	events.go    λ, learning rate, losses, counts; steps that were skipped
//	delivered.go the student that was chosen, and the count of skipped steps
//	generations.go  generations and worlds, in the logs and in the coordinator's record
//
// How examples are shared between a step's ranks is not judged: it may not change the
// result, and depends on texts that a run directory does not hold. A rank that learns the
// state of the others is in the world and has none.
//
// # Going back
//
// A run that lost steps which only its logs knew goes back to a checkpoint: those steps are
// cut from both logs and done again, under a later generation. So the logs of a run that
// was resumed or went back look like those of one that did neither, and are judged alike:
// no step twice, none missing, generations that do not fall. The record tells what was
// taken back; a step that was, and stands in the logs still, is of too old a generation.
//
// # The end of a run
//
// A finished run has all steps of all its stages, but for teachers that were at hand. A
// run that was stopped has at least those that its checkpoints speak of; one that was
// cut off has what it has, in both logs alike. Nothing in a directory tells a line that
// was never written from one that was taken out of both logs behind the last checkpoint
// and the last thing that the record says.
package audit
