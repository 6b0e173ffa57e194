// Package faults plans what shall go wrong with a run, and when: a pure function of a seed.
//
//	schedule, err := faults.Plan(faults.Options{Seed: 7, Faults: 200, Kinds: faults.All(),
//		Start: 3, Min: 2, Max: 3, Spares: 1, Spacing: 40})
//	for _, round := range schedule.Rounds { … }
//
// # Rounds
//
// Faults come in rounds, at a committed step each. Most rounds have one fault; some have two
// or three, which begin within a few hundred milliseconds of each other, in the middle of the
// recovery from the first. A fault that lasts ends after its Hold. The next round begins when
// the run has committed some steps after the end of all of them, and every other time only
// once it is back at full strength too.
//
// # Workers
//
// A worker is a number, never used again. [Join] starts one; it alone makes up for workers
// that were killed or asked to leave, so that a run walks through world sizes. Who is up is
// all that the planner remembers.
//
// # Promises
//
// The same options give the same schedule on every machine. Kinds come in the shares of
// their weights, nearly exactly: they are dealt from a shuffled deck. And nothing is asked
// that a run cannot stand forever:
//
//   - after a round at least Min workers are up, at most Max+Spares;
//   - in a round at least one worker is left alone, so that somebody has the run's state;
//   - no worker, and neither the coordinator nor the NATS server, is hit twice in a round;
//   - what begins the run anew, or takes long by itself, has a round of its own.
package faults
