// Package straggler finds what holds a ring up: a rank whose own work is slow, or a link
// between two ranks. It is pure: numbers of steps go in, findings come out.
//
//	watch := straggler.NewWatch()
//	for each committed step {
//		for _, f := range watch.Step(samples) { tell(f) }
//	}
//
// A step lasts as long as its slowest rank, and each rank gets about as many tokens, so a
// rank whose own work takes much longer than the others' holds them up. In the ring all wait
// for each other, and are late alike, whichever link is slow. The slow link shows
// in the time waited for data that was in transit (Sample.InTransit, measured by package
// allreduce). What a slow rank, or a slow link farther left, delays is sent late, and is not
// in transit meanwhile.
//
// Medians over a window of steps are compared, so that a pause now and then is nobody's
// fault, and a finding is told once, until it is true no more. A rank or link has to stand
// out among the others of the ring: what is slow everywhere is not named. A rank that is
// short of processor time is late to send and to read too, so the links of a slow rank are
// not judged.
//
//	watch.go    the window, and who stands out
//	finding.go  what is told
package straggler
