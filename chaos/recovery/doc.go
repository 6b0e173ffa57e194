// Package recovery says how long a run stood still: from its steps' times of commitment and
// the moments of its faults, to a distribution by kind of fault. It is pure.
//
//	wait := recovery.LongestWait(commits, from)
//	rows := recovery.Distribution(samples)
//	fmt.Println(recovery.Table(rows))
//
// # What is measured
//
// After a fault a step that was under way may be committed within milliseconds, before the
// run stands still. So what counts is not the next commitment after the fault but the
// longest wait between two, as far as it lies after the fault, until the run has settled.
//
// Stall counts from the fault. Recovery counts from when the run could have gone on: from
// the fault too, but for an outage (the coordinator or the server is away, or too few
// workers are left) from its end.
package recovery
