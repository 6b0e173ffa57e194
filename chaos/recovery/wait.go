package recovery

import "time"

// LongestWait is the longest time without a commitment after from, up to the last of
// commits, which rise. It is 0 where none is after from.
func LongestWait(commits []time.Time, from time.Time) (longest time.Duration) {
	last := from
	for _, c := range commits {
		if c.After(from) {
			longest = max(longest, c.Sub(last))
			last = c
		}
	}
	return longest
}
