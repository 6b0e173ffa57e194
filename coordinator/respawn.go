package coordinator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringmaster/coordinator/core"
)

// Workers of this machine whose processes end are started again: at once where they had done
// work, and after growing pauses where they had not, since what ended one is likely to end
// the next.
const (
	// maxFailedStarts is how many in a row may end in one slot before doing any work.
	maxFailedStarts = 5
	// respawnPause is how long the third of them waits; the second comes at once, the fourth
	// after twice as long.
	respawnPause = 500 * time.Millisecond
)

// respawnBackoff says when a slot's next worker is started. What counts as work is a unit that
// the run had never committed before: repeated work proves nothing.
type respawnBackoff struct{ failures map[int]int }

// ended notes that a slot's worker ended, and says how long its successor waits; again is false
// when there will be none.
func (r *respawnBackoff) ended(slot int, worked bool) (pause time.Duration, again bool) {
	if r.failures == nil {
		r.failures = map[int]int{}
	}
	if worked {
		delete(r.failures, slot)
		return 0, true
	}
	r.failures[slot]++
	switch n := r.failures[slot]; {
	case n >= maxFailedStarts:
		return 0, false
	case n == 1:
		return 0, true
	default:
		return respawnPause << (n - 2), true
	}
}

// givenUp is how many slots stay empty.
func (r *respawnBackoff) givenUp() (n int) {
	for _, ends := range r.failures {
		if ends >= maxFailedStarts {
			n++
		}
	}
	return n
}

// pendingStart is a worker that is to be started in the place of one that ended.
type pendingStart struct {
	ended string
	at    time.Time
}

// respawner starts the workers of this machine, and others in the place of those that end.
type respawner struct {
	*setup
	*loop
	members *membership

	local   *localWorkers // nil where workers are started elsewhere
	backoff respawnBackoff
	due     []pendingStart
}

// start starts the workers; lost hears of each that ends before its time.
func (r *respawner) start(o localOptions, lost func(core.Lost)) (err error) {
	r.local, err = startLocal(o, lost)
	return err
}

func (r *respawner) stop() {
	if r.local != nil {
		r.local.stop()
	}
}

// started says whether a worker was started here.
func (r *respawner) started(w core.WorkerID) bool {
	if r.local == nil {
		return false
	}
	_, here := r.local.slotOf(string(w))
	return here
}

// replace has another worker of this machine take the place of one whose process ended.
func (r *respawner) replace(lost core.Lost) {
	if r.local == nil || r.members.released[lost.Worker] { // it was asked to go
		return
	}
	name := string(lost.Worker)
	slot, known := r.local.slotOf(name)
	if !known {
		return
	}
	pause, again := r.backoff.ended(slot, r.members.hasWorked(lost.Worker))
	if !again {
		r.giveUp(lost)
		return
	}
	if pause > 0 {
		r.notify("worker %s ended before doing any work; a replacement starts in %s", name, pause)
	}
	r.due = append(r.due, pendingStart{ended: name, at: time.Now().Add(pause)})
	r.startDue(time.Now())
}

// startDue starts the workers whose time has come.
func (r *respawner) startDue(now time.Time) {
	waiting := r.due[:0]
	for _, d := range r.due {
		if now.Before(d.at) {
			waiting = append(waiting, d)
		} else if err := r.local.replace(d.ended); err != nil {
			r.fail(err)
		}
	}
	r.due = waiting
}

// giveUp leaves a slot empty whose workers end again and again.
// The run ends when too few slots are left.
func (r *respawner) giveUp(lost core.Lost) {
	text := fmt.Sprintf("%d workers in a row ended before doing any work; the last was worker %s: %s", maxFailedStarts, lost.Worker, lost.Reason)
	left := r.opts.Workers - r.backoff.givenUp()
	if left < max(1, min(r.job.Run.Cluster.MinWorkers, r.opts.Workers)) {
		r.fail(fmt.Errorf("%w: %s", ErrNoWorkers, text))
		return
	}
	r.notify("%s; it is not replaced, and the run continues with %d", text, left)
}

// unjoined names the workers that were started and did not join yet.
func (r *respawner) unjoined() string {
	if r.local == nil {
		return ""
	}
	names := slices.DeleteFunc(r.local.names(), func(name string) bool { return r.members.workers[core.WorkerID(name)] != nil })
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%s not joined yet (%s)", strings.Join(names, ", "), r.local.options.logDir)
}
