package coordinator

import (
	"fmt"
	"time"

	"ringmaster/run/protocol"
)

// A supervisor on another machine may restart a worker again and again that ends every time
// before doing any work: out of memory, a driver that crashes. Each time it joined, the ring
// would be formed again for it. So its successors wait as spares, longer every time, and the
// ring includes one only when its wait is over.
const (
	rejoinPause        = time.Second // of the second that follows; doubled for each after it
	longestRejoinPause = time.Minute
)

// rejoinBackoff remembers, by where workers come from, how many in a row ended before doing
// any work.
type rejoinBackoff struct{ from map[string]*failedStarts }

type failedStarts struct {
	times int
	last  time.Time
	why   string
}

// failed notes that a worker ended before doing any work.
func (c *rejoinBackoff) failed(origin string, at time.Time, why string) {
	if c.from == nil {
		c.from = map[string]*failedStarts{}
	}
	if c.from[origin] == nil {
		c.from[origin] = &failedStarts{}
	}
	f := c.from[origin]
	f.times++
	f.last, f.why = at, why
}

// succeeded clears an origin where a worker that joined after the last failure did work. The
// work of one that joined earlier says nothing about newcomers.
func (c *rejoinBackoff) succeeded(origin string, joined time.Time) {
	if f := c.from[origin]; f != nil && !joined.Before(f.last) {
		delete(c.from, origin)
	}
}

// wait is how long a newcomer has to wait as a spare, and why.
func (c *rejoinBackoff) wait(origin string) (time.Duration, string) {
	f := c.from[origin]
	if f == nil || f.times < 2 {
		return 0, ""
	}
	pause := longestRejoinPause
	if n := f.times - 2; n < 6 {
		pause = min(pause, rejoinPause<<n)
	}
	return pause, fmt.Sprintf("the last %d workers of that name or machine ended before doing any work (%s)", f.times, f.why)
}

// originOf is where a worker comes from: its name where it was given one, else its machine,
// since the names that workers make up hold the process's number.
func originOf(h *protocol.Hello) string {
	if h.Worker == protocol.DefaultName(h.Host, h.PID) {
		return "machine " + h.Host
	}
	return "worker " + h.Worker
}
