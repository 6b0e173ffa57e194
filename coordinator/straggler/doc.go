// Package straggler finds the rank that holds a ring up, and says whether its own work or
// its link is slow. It is pure: numbers of steps go in, findings come out.
//
//	watch := straggler.NewWatch()
//	for each committed step {
//		for _, f := range watch.Step(samples) { tell(f) }
//	}
//
// A step lasts as long as its slowest rank, and each rank gets about as many tokens, so a
// rank whose own work takes much longer than the others' holds them up. In the ring all
// wait for each other and are late alike; who is at fault shows in what a rank has to send
// and may not yet: only the rank before a slow link waits for room on its right.
//
// Medians over a window of steps are compared, so that a pause now and then is nobody's
// fault, and a finding is told once, until it is true no more.
package straggler
