package coordinator

import (
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// A worker on another machine may be started again and again by whoever looks after it, and
// end every time before it has done anything: out of memory, a driver that crashes. Each time
// it joined, the ring would be formed anew for it. So those that come after it wait as spares,
// longer every time, and the ring hears of one only when its wait is over.
const (
	rejoinPause        = time.Second // of the second that follows; doubled for each after it
	longestRejoinPause = time.Minute
)

// rejoinBackoff remembers, by where workers come from, how many in a row came to nothing.
type rejoinBackoff struct{ from map[string]*failedStarts }

type failedStarts struct {
	times int
	last  time.Time
	why   string
}

// failed takes note that a worker ended that had done nothing.
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

// succeeded forgives an origin, where a worker that came after the last failure did something.
// What one did that had been there all the time says nothing of newcomers.
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
	return pause, fmt.Sprintf("the last %d workers of that name or machine ended before they had done anything (%s)", f.times, f.why)
}

// originOf is where a worker comes from: its name where it was given one, else its machine,
// since the names that workers make up hold the process's number.
func originOf(h *protocol.Hello) string {
	if h.Worker == protocol.DefaultName(h.Host, h.PID) {
		return "machine " + h.Host
	}
	return "worker " + h.Worker
}

// workerProcess is a worker process as it joined.
type workerProcess struct {
	id     string // as its Hello says
	origin string
	joined time.Time
	worked bool // it took part in a unit that had never been committed before
}

// arrive takes note of a process that joins, and says until when it is to wait as a spare.
// One that was here before does not, nor do those of this machine, which have waited before
// they were started.
func (r *coordinator) arrive(m message, at time.Time) (until time.Time, why string) {
	if before := r.processes[m.worker]; before != nil && before.id == m.hello.Life {
		return time.Time{}, ""
	}
	l := workerProcess{id: m.hello.Life, origin: originOf(m.hello), joined: at}
	r.processes[m.worker] = &l
	if r.local != nil {
		if _, here := r.local.slotOf(string(m.worker)); here {
			return time.Time{}, ""
		}
	}
	pause, why := r.rejoins.wait(l.origin)
	if pause == 0 {
		return time.Time{}, ""
	}
	return at.Add(pause), why
}

// worked takes note that workers took part in a unit of the stage, if that is the first time.
func (r *coordinator) worked(units int, workers ...core.WorkerID) {
	if units <= r.farthest {
		return
	}
	r.farthest = units
	for _, w := range workers {
		if l := r.processes[w]; l != nil {
			l.worked = true
			r.rejoins.succeeded(l.origin, l.joined)
		}
	}
}

// departed takes note that a member is gone.
func (r *coordinator) departed(w core.WorkerID, why string) {
	if l := r.processes[w]; l != nil && !l.worked && !r.released[w] {
		r.rejoins.failed(l.origin, time.Now(), why)
	}
}
