// Package rounds summarises what several sides measured in turns, round by round.
//
//	s := rounds.Of(seconds)                  // median, minimum and maximum over the rounds
//	r := rounds.Of(rounds.Ratios(theirs, ours))
package rounds
