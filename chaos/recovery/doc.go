// Package recovery computes how long a run made no progress: from the times at which steps
// were committed and faults were injected, as a distribution by kind of fault. It is pure.
//
//	wait := recovery.LongestWait(commits, from)
//	rows := recovery.Distribution(samples)
//	fmt.Println(recovery.Table(rows))
//
// # What is measured
//
// After a fault the current step may still be committed within milliseconds, before the
// run stops making progress. Therefore not the next commit after the fault is measured, but the
// longest time between two commits after the fault, until the run has settled.
//
// Stall is measured from the fault. Recovery is measured from the moment when the run could
// continue: also from the fault, but for an outage (coordinator or server not running, or too few
// workers) from its end.
package recovery
