package core

import (
	"fmt"
)

// event is a report of a worker as the machine gets it.
func (w *world) event(i int, n note) Event {
	id := names[i]
	switch n.kind {
	case noteReady:
		return StageReady{id, n.generation}
	case noteLinked:
		ready := RingReady{Worker: id, Generation: n.generation}
		if n.has {
			ready.State = &n.id
		}
		return ready
	case noteDone:
		done := UnitDone{Worker: id, Generation: n.generation, Stage: n.stage, Unit: n.unit}
		if n.hash {
			done.Hash = w.book.hashes[n.state]
		}
		return done
	case noteBroken:
		return Broken{id, n.generation, n.rank, "its links failed", w.now()}
	case noteLeaving:
		return Leaving{id}
	default:
		return Saved{n.stage}
	}
}

// do returns the world after an action.
func (w *world) do(a action) (next *world, bad *violation) {
	next = w.clone()
	defer func() {
		switch p := recover().(type) {
		case nil:
		case violation:
			bad = &p
		default:
			bad = &violation{fmt.Sprintf("panic: %v", p)}
		}
	}()
	next.say("%v", a)
	next.happen(a)
	next.rest()
	next.check()
	return next, nil
}

func (w *world) happen(a action) {
	i := a.worker
	if a.kind == joins && i == len(w.hands) {
		w.hands = append(w.hands, hand{})
	}
	h := &w.hands[i]
	switch a.kind {
	case again:
		n := h.late[0]
		h.late = h.late[1:]
		w.apply(w.event(i, n))
	case deliver, repeats, cuts:
		n := h.notes[0]
		e := w.event(i, n)
		if n.has {
			h.said = n.state
		}
		h.notes = h.notes[1:]
		if a.kind == repeats {
			w.left.repeats--
			h.late = push(h.late, n)
		}
		if a.kind != cuts {
			w.apply(e)
			return
		}
		w.left.restarts--
		w.applyUntil(e, a.arg)
		w.restart()
	case obeys:
		w.obey(i)
	case arrives:
		h.doing, h.queue = false, h.queue[h.voided()-1:]
	case takes:
		w.sums[w.sum(h.step.generation, h.step.unit)].taken |= 1 << i
		w.complete(i)
	case catchUp:
		w.fetched(i)
	case gives, breaks:
		if a.kind == breaks {
			w.left.breaks--
		}
		h.broken, h.doing = true, false
		h.report(note{kind: noteBroken, generation: h.ring, rank: a.arg})
	case hears:
		w.apply(Heard{names[i], w.now()})
	case loses:
		w.apply(Lost{names[i], "its process ended"})
		w.forget(i)
	case rejoins:
		w.rejoin(i)
	case prepares:
		w.answer(a.arg)
	case judges:
		w.judge()
	case ticks:
		w.tick()
	default:
		w.fault(a)
	}
}

func (w *world) fault(a action) {
	h, i := &w.hands[a.worker], a.worker
	switch a.kind {
	case killsBefore:
		w.sums[w.sum(h.step.generation, h.step.unit)].brought &^= 1 << i
		fallthrough
	case kills:
		w.left.kills--
		w.die(i)
		if !h.known {
			w.forget(i)
		}
	case evicts:
		w.left.evicts--
		w.forget(i)
		w.apply(Lost{names[i], "unheard for long"})
	case joins:
		w.left.joins--
		w.joinAnew(i)
	case leaves:
		w.left.leaves--
		h.asked = true
		h.report(note{kind: noteLeaving})
	case restarts:
		w.left.restarts--
		w.restart()
	case stops:
		w.left.stops--
		w.apply(StopRequested{})
	}
}

// joinAnew has a new process ask to join. Where it takes the name of one that died, that
// one is known to be gone by it.
func (w *world) joinAnew(i int) {
	if w.hands[i].known {
		w.apply(Lost{names[i], "another took its name"})
	}
	w.hands[i] = hand{alive: true, known: true}
	w.apply(Joined{Worker: names[i], At: w.now()})
}

// rejoin has a worker find that it is a stranger: it gives up its ring and its orders, and
// asks to join with what it holds.
func (w *world) rejoin(i int) {
	h := &w.hands[i]
	h.drop()
	h.queue, h.notes, h.known = nil, nil, true
	joined := Joined{Worker: names[i], At: w.now()}
	if h.has {
		joined.Held = &Held{h.stage, h.id(w.book)}
	}
	w.apply(joined)
	if h.asked {
		h.report(note{kind: noteLeaving})
	}
}

// tick has so much time pass that whoever lives has been heard and whoever does not has
// been silent for too long.
func (w *world) tick() {
	at := w.now()
	for i := range w.hands {
		if h := &w.hands[i]; h.alive && h.known {
			w.apply(Heard{names[i], at})
		}
	}
	w.apply(Tick{Now: at})
}
