// Package audit verifies the logs of a run: that every example of every finished epoch was
// used exactly once, at the step of the plan, with the λ and the learning rate of that step,
// and that generations increase.
//
//	verdict, err := audit.Judge(audit.Record{Run: run, Plan: planned, Events: …, Ledger: …})
//	verdict.OK, verdict.Problems   // a sentence each, with step, task and row
//
// Judge is a pure function of the logs: no file, no clock, no goroutine. It recomputes the
// plan from the run file and the tasks' training rows (directory.Plan), and does not rely on
// either log to check the other:
//
//	order.go     every step of every stage once, in order, in both logs, up to the run's end
//	examples.go  a step has the examples of the plan, over all ranks
//	epochs.go    a finished epoch of a task has each of its rows once; this counts the
//	             ledger's rows and uses the plan only for the number of draws of a task; where a
//	             task's classes are dealt alike often, a finished pass over a class has its rows once
//	events.go    λ, learning rate, losses, counts; skipped steps
//	delivered.go the selected student, and the count of skipped steps
//	early.go     where the student's training ended by its scores
//	generations.go  generations and world sizes, in the logs and in the coordinator's record
//
// The distribution of examples over the ranks of a step is not checked: it must not affect the
// result, and depends on texts that are not in a run directory. A rank that fetches its
// state counts in the world size and has no examples.
//
// # Rollbacks
//
// A run that has lost steps that are only in its logs rolls back to a checkpoint: these steps
// are removed from both logs and repeated, in a later generation. So the logs of a run that
// was resumed or rolled back look like those of any other run, and are checked in the same way:
// no step twice, none missing, no decreasing generation. The record has the rollbacks; a
// rolled-back step that is still in the logs has an older generation than allowed.
//
// # The end of a run
//
// A finished run has all steps of all its stages, except of teachers that were reused. A
// stopped run has at least the steps of its checkpoints; an interrupted one has the same
// steps in both logs. A line that was never written cannot be distinguished from one that was
// removed from both logs, after the last checkpoint and the last entry of the record.
package audit
