// Package faults plans which faults are injected into a run, and when: a pure function of a seed.
//
//	schedule, err := faults.Plan(faults.Options{Seed: 7, Faults: 200, Kinds: faults.All(),
//		Start: 3, Min: 2, Max: 3, Spares: 1, Spacing: 40})
//	for _, round := range schedule.Rounds { … }
//
// # Rounds
//
// Faults are grouped in rounds; each round starts at a committed step. Most rounds have one fault;
// some have two or three, which start within a few hundred milliseconds of each other, during the
// recovery from the first. A fault with a duration ends after its Hold. The next round starts when
// the run has committed some steps after the end of all faults; in every other round it
// also waits for the full number of workers.
//
// # Workers
//
// A worker is a number that is never reused. [Join] starts one; only it replaces workers
// that were killed or asked to leave, so that a run goes through several world sizes. The planner
// only remembers which workers are up.
//
// # Promises
//
// The same options give the same schedule on every machine. Kinds occur nearly exactly in
// proportion to their weights: they are drawn from a shuffled deck. A run can survive every
// schedule:
//
//   - after a round at least Min workers are up, at most Max+Spares;
//   - in a round at least one worker has no fault, so that it keeps the run's state;
//   - no worker, and neither the coordinator nor the NATS server, has two faults in a round;
//   - faults that restart the run, or take long, have a round of their own.
package faults
