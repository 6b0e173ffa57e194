package core

import (
	"fmt"
	"slices"
	"time"
)

var names = func() (all [26]WorkerID) {
	for i := range all {
		all[i] = WorkerID(rune('a' + i))
	}
	return all
}()

func index(w WorkerID) int { return int(w[0] - 'a') }

// world is a run in small: the real machine, a model of the shell around it and of its
// workers, and what is on its way between them.
type world struct {
	set  *scenario
	book *book
	m    *Machine
	mkey []token // the machine's part of the key, once asked for

	shell shell
	hands []hand
	sums  []sum
	left  budget // faults that may still happen
	clock int    // rises with everything that carries a time

	tell func(format string, args ...any) // nil, or where a trace is written
}

// shell is what the coordinator has beside its machine. disk survives a restart.
type shell struct {
	disk    ResumePoint
	record  history // the ledger of the stage under way
	batches int     // or of its batches, as bits

	preparing bool // a Prepare or RollBack is to be answered
	back      bool
	limit     int
	from      int // what the last one was answered with

	judging int // the gate whose judgement is asked for; 0 without
	passed  int // the last that was judged, which is on disk
	ended   int // where the stage ended, which is on disk; 0: it did not

	ring    []int // the newest, by rank
	ringOf  uint64
	dealtIn uint64 // the newest step that was dealt
	dealt   int
}

// sum is what came together of a step: the ranks that brought their part, which stays
// there, and the ones that took the sum.
type sum struct {
	generation uint64
	step       int
	brought    uint8
	taken      uint8
	all        uint8
}

// budget is how often each fault may happen.
type budget struct {
	kills    int // a worker dies
	evicts   int // a worker that lives is given up; it may come back with what it holds
	joins    int // another worker comes
	leaves   int // a worker is asked to go
	restarts int // of the coordinator
	breaks   int // links that fail though both ends live
	stops    int // the user wants the run to end
	repeats  int // a report arrives twice, the second time at any time
}

// violation is what the exploration looks for.
type violation struct{ text string }

func (w *world) fail(format string, args ...any) { panic(violation{fmt.Sprintf(format, args...)}) }

func (w *world) say(format string, args ...any) {
	if w.tell != nil {
		w.tell(format, args...)
	}
}

// newWorld has all workers of a scenario joined.
func newWorld(set *scenario, b *book) *world {
	w := &world{set: set, book: b, m: New(set.cfg, len(set.stages)), left: set.faults, hands: make([]hand, set.cfg.Workers)}
	for i := range w.hands {
		w.hands[i] = hand{alive: true, known: true}
		w.apply(Joined{Worker: names[i], At: w.now()})
	}
	return w
}

// clone is a copy that the next transition may change.
func (w *world) clone() *world {
	c := *w
	c.hands = slices.Clone(w.hands)
	c.sums = slices.Clone(w.sums)
	return &c
}

// now is later than everything before. Each moment is longer after the last than any of
// the machine's startWait.
func (w *world) now() time.Time {
	w.clock++
	return time.Unix(0, 0).Add(time.Duration(w.clock) * time.Hour)
}

// contribute notes a worker's part of a step.
func (w *world) contribute(i int, o order, members []int) {
	at := w.sum(o.generation, o.unit)
	if at < 0 {
		s := sum{generation: o.generation, step: o.unit}
		for _, member := range members {
			s.all |= 1 << member
		}
		w.sums = append(w.sums, s)
		at = len(w.sums) - 1
	}
	w.sums[at].brought |= 1 << i
}

func (w *world) sum(generation uint64, step int) int {
	return slices.IndexFunc(w.sums, func(s sum) bool { return s.generation == generation && s.step == step })
}

// whole says whether all have brought their part of the step a worker is at.
func (w *world) whole(i int) bool {
	h := &w.hands[i]
	at := w.sum(h.step.generation, h.step.unit)
	return w.sums[at].brought == w.sums[at].all
}

// rest does what workers do by themselves, and forgets sums that nobody can take any more.
func (w *world) rest() {
	for i := range w.hands {
		for !w.set.patient && w.hands[i].local() {
			w.obey(i)
		}
	}
	w.sums = slices.DeleteFunc(w.sums, func(s sum) bool {
		for i := range w.hands {
			h := &w.hands[i]
			if s.all&(1<<i) != 0 && s.taken&(1<<i) == 0 && !w.gone(i, s.generation) && h.alive {
				return false
			}
		}
		return true
	})
}

// holds tells a worker's state.
func (w *world) holds(i int) string {
	h := &w.hands[i]
	switch {
	case h.fetching:
		return "nothing yet: it fetches the state"
	case !h.has:
		return "nothing"
	}
	return fmt.Sprintf("%s of generation %d", w.book.told(h.state), h.applied)
}

// told writes a history as the generations of its steps.
func (b *book) told(h history) string {
	var all []uint64
	for _, s := range b.beginnings[h][1:] {
		all = append(all, b.generation[s])
	}
	return fmt.Sprintf("steps by generations %v", all)
}
