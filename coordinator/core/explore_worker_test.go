package core

import "slices"

// order is what the coordinator told a worker and it has not done yet.
type order struct {
	kind       orderKind
	stage      int
	generation uint64 // a Begin's and a batch's applied
	unit       int    // step or batch; steps that the state of a begin or a fetch has
	abrupt     bool   // what was ordered before it is void as soon as it arrives
	members    []int  // of a ring, by rank
	active     uint8  // ranks of a step
	hash       bool
	state      history // what a begin loads
	source     int
}

type orderKind int

const (
	begin orderKind = iota
	join
	step
	serveState
	fetchState
	batch
	save
	end
)

// note is a report on its way to the coordinator.
type note struct {
	kind       noteKind
	stage      int
	generation uint64
	unit       int
	hash       bool
	has        bool // with a id, and what the state behind it is
	id         StateID
	state      history
	rank       int
}

type noteKind int

const (
	noteReady noteKind = iota
	noteLinked
	noteDone
	noteBroken
	noteLeaving
	noteSaved
)

// hand is a model worker.
type hand struct {
	alive bool
	known bool // the coordinator's shell takes its reports and sends it orders
	asked bool // to leave

	queue []order // oldest first; some have arrived and some have not
	notes []note  // oldest first
	late  []note  // arrived once, and will again

	has     bool // a state
	stage   int
	state   history
	applied uint64

	ring    uint64 // generation whose ring it is in, 0 for none
	members []int
	broken  bool // it has given the ring up
	idle    bool // and done no step in it
	doing   bool // a step
	step    order

	fetching bool
	fetch    order
	waiting  []order // steps whose sums it keeps meanwhile

	given bool // a copy of its state is there for others
	gift  order
	copy  history
	from  uint64 // applied of the copy

	said history // the state behind its last id or step that reached the coordinator
}

func (h *hand) id(b *book) StateID { return StateID{b.steps(h.state), h.applied} }

// push and the like never write to a slice that another world may share.
func push[T any](list []T, v T) []T { return append(slices.Clip(list), v) }

// report says something to the coordinator, if that listens. Of rings that are long past
// it says nothing, so that there are not endlessly many states where one ring after
// another fails.
func (h *hand) report(n note) {
	if !h.known {
		return
	}
	if n.kind == noteLinked {
		linked := 0
		for i := len(h.notes) - 1; i >= 0; i-- {
			if h.notes[i].kind != noteLinked {
				continue
			}
			if linked++; linked == 2 {
				h.notes = slices.Delete(slices.Clone(h.notes), i, i+1)
			}
		}
	}
	h.notes = push(h.notes, n)
}

func (h *hand) complains() bool {
	return slices.ContainsFunc(h.notes, func(n note) bool { return n.kind == noteBroken })
}

// local says whether the worker can do its oldest order by itself. Unless the scenario is
// patient, such orders are done at once: what they bring is a report, which may still
// arrive at any later time or be lost with the worker, and a part of a sum, which a worker
// that dies may take with it.
func (h *hand) local() bool { return h.alive && !h.doing && len(h.queue) > 0 }

// voided is how many of the oldest orders are void once the newest abrupt one arrives; it
// is 0 when there is nothing to give up.
func (h *hand) voided() int {
	for i := len(h.queue) - 1; i >= 0; i-- {
		if h.queue[i].abrupt {
			if i == 0 && !h.doing {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// drop gives up the ring and all that is under way in it.
func (h *hand) drop() {
	h.ring, h.members, h.broken, h.idle, h.doing = 0, nil, false, false, false
	h.stopFetching()
}

func (h *hand) stopFetching() { h.fetching, h.waiting = false, nil }

// obey does the oldest order, or begins to.
func (w *world) obey(i int) {
	h := &w.hands[i]
	o := h.queue[0]
	h.queue = h.queue[1:]
	b := w.book
	switch o.kind {
	case begin:
		h.drop()
		h.given = false
		h.has, h.stage, h.state, h.applied = true, o.stage, o.state, o.generation
		h.report(note{kind: noteReady, generation: o.generation})
	case join:
		h.drop()
		h.ring, h.members, h.idle = o.generation, o.members, true
		n := note{kind: noteLinked, generation: o.generation, has: h.has}
		if h.has {
			n.id, n.state = h.id(b), h.state
		}
		h.report(n)
	case step:
		w.start(i, o)
	case serveState:
		if h.ring != o.generation || h.broken {
			return
		}
		if !h.has || b.steps(h.state) != o.unit {
			w.fail("%s is to serve a state of %d steps, and has %v", names[i], o.unit, w.holds(i))
		}
		h.given, h.gift, h.copy, h.from = true, o, h.state, h.applied
	case fetchState:
		if h.ring != o.generation || h.broken {
			return
		}
		h.has, h.fetching, h.fetch, h.waiting = false, true, o, nil
	case batch:
		h.report(note{kind: noteDone, stage: o.stage, generation: o.generation, unit: o.unit})
	case save:
		if w.m.phase == saving && w.m.train.saver == names[i] && h.known && (!h.has || h.stage != o.stage || h.state != w.shell.record) {
			w.fail("%s is to save the model and holds %v, the record is %v", names[i], w.holds(i), b.told(w.shell.record))
		}
		h.report(note{kind: noteSaved, stage: o.stage})
	case end:
		w.die(i)
	}
}

// start has a worker bring its part of a step.
func (w *world) start(i int, o order) {
	h := &w.hands[i]
	if h.ring != o.generation || h.broken {
		return
	}
	rank := slices.Index(h.members, i)
	switch counts := o.active&(1<<rank) != 0; {
	case h.fetching && counts:
		w.fail("%s fetches the state and is dealt examples of step %d", names[i], o.unit)
	case h.fetching && h.fetch.unit+len(h.waiting) != o.unit, !h.fetching && (!h.has || w.book.steps(h.state) != o.unit):
		w.fail("%s is to do step %d and holds %v", names[i], o.unit, w.holds(i))
	}
	h.doing, h.step, h.idle = true, o, false
	w.contribute(i, o, h.members)
}

// complete has a worker take the sum of a step, which is there.
func (w *world) complete(i int) {
	h := &w.hands[i]
	h.doing = false
	if h.fetching {
		h.waiting = push(h.waiting, h.step)
		return
	}
	w.takeStep(i, h.step)
}

func (w *world) takeStep(i int, o order) {
	h := &w.hands[i]
	h.state, h.applied = w.book.apply(h.state, o.generation, o.active), o.generation
	h.report(note{kind: noteDone, stage: o.stage, generation: o.generation, unit: o.unit, hash: o.hash || w.set.hashes, state: h.state, has: true})
}

// teachable says whether the state that a worker waits for is there.
func (w *world) teachable(i int) bool {
	h := &w.hands[i]
	if !h.alive || !h.fetching {
		return false
	}
	d := &w.hands[h.fetch.source]
	return d.alive && d.given && d.gift.generation == h.fetch.generation && d.gift.unit == h.fetch.unit
}

// fetched has a worker take over the state it waits for, and the steps it kept.
func (w *world) fetched(i int) {
	h := &w.hands[i]
	d := &w.hands[h.fetch.source]
	kept := h.waiting
	h.stopFetching()
	h.has, h.stage, h.state, h.applied = true, d.stage, d.copy, d.from
	for _, o := range kept {
		w.takeStep(i, o)
	}
}

// gone says whether a member left the ring of a generation: it is dead, has given it up,
// or is in another, so that its neighbours find their links broken.
func (w *world) gone(i int, generation uint64) bool {
	h := &w.hands[i]
	if !h.alive {
		return true
	}
	if h.ring == generation {
		return h.broken
	}
	return !slices.ContainsFunc(h.queue, func(o order) bool { return o.kind == join && o.generation == generation })
}

// die ends a worker's process. What it has said may still arrive.
func (w *world) die(i int) {
	h := &w.hands[i]
	*h = hand{known: h.known, notes: h.notes, late: h.late, said: h.said}
}
