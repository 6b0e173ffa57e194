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
	disk   Origin
	record history // the ledger of the stage under way
	chunks int     // or of its chunks, as bits

	preparing bool // a Prepare or GoBack is to be answered
	back      bool
	limit     int
	from      int // what the last one was answered with

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
// the machine's patience.
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
	case h.learning:
		return "nothing yet, for it learns"
	case !h.has:
		return "nothing"
	}
	return fmt.Sprintf("%s of lineage %d", w.book.told(h.state), h.lineage)
}

// told writes a history as the generations of its steps.
func (b *book) told(h history) string {
	var all []uint64
	for _, s := range b.beginnings[h][1:] {
		all = append(all, b.generation[s])
	}
	return fmt.Sprintf("steps by generations %v", all)
}

// key of the world.
func (w *world) key(k *keys) key {
	if w.mkey == nil {
		k.tokens = k.tokens[:0]
		k.machine(w.m)
		w.mkey = slices.Clone(k.tokens)
	}
	k.tokens = append(k.tokens[:0], w.mkey...)
	w.shell.key(k)
	for i := range w.hands {
		w.hands[i].key(k, w)
	}
	k.num(len(w.sums))
	slices.SortFunc(w.sums, func(a, b sum) int {
		if a.generation != b.generation {
			return int(a.generation) - int(b.generation)
		}
		return a.step - b.step
	})
	for _, s := range w.sums {
		k.gen(s.generation)
		k.num(s.step)
		k.num(int(s.brought))
		k.num(int(s.taken))
		k.num(int(s.all))
	}
	for _, n := range []int{w.left.kills, w.left.evicts, w.left.joins, w.left.leaves, w.left.restarts, w.left.breaks, w.left.stops, w.left.repeats} {
		k.num(n)
	}
	return k.sum(w.book, w.shell.record)
}

func (s *shell) key(k *keys) {
	k.num(s.disk.Stage)
	k.gen(s.disk.Generation)
	k.gen(s.disk.Lineage)
	k.mark(s.disk.Committed)
	k.gen(s.disk.Settled)
	k.past(s.record)
	k.num(s.chunks)
	k.flags(s.preparing, s.back)
	k.num(s.limit)
	k.num(s.from)
}

func (h *hand) key(k *keys, w *world) {
	k.flags(h.alive, h.known, h.asked, h.has, h.broken, h.idle, h.doing)
	k.flags(h.learning, h.given)
	k.num(len(h.notes))
	for _, n := range h.notes {
		n.key(k)
	}
	k.num(len(h.late))
	for _, n := range h.late {
		n.key(k)
	}
	if !h.alive {
		if h.known {
			k.past(h.said)
		}
		return
	}
	k.num(len(h.queue))
	for _, o := range h.queue {
		o.key(k)
	}
	if h.has {
		k.num(h.stage)
		k.past(h.state)
		k.gen(h.lineage)
	}
	k.gen(h.ring)
	k.ranks(h.members)
	if h.doing {
		h.step.key(k)
	}
	if h.learning {
		h.lesson.key(k)
		k.num(len(h.waiting))
	}
	if h.given {
		h.gift.key(k)
		k.past(h.copy)
		k.gen(h.from)
	}
	if h.known {
		k.past(h.said)
	}
}

func (k *keys) ranks(all []int) {
	k.num(len(all))
	for _, i := range all {
		k.num(i)
	}
}

func (o *order) key(k *keys) {
	k.num(int(o.kind))
	k.num(o.stage)
	k.gen(o.generation)
	k.num(o.unit)
	k.flags(o.abrupt, o.hash)
	k.num(int(o.counting))
	k.ranks(o.members)
	if o.kind == begin {
		k.past(o.state)
	}
	k.num(o.donor)
}

func (n *note) key(k *keys) {
	k.num(int(n.kind))
	k.num(n.stage)
	k.gen(n.generation)
	k.num(n.unit)
	k.flags(n.hash, n.has)
	k.num(n.rank)
	if n.has {
		k.mark(n.mark)
		k.past(n.state)
	}
}
