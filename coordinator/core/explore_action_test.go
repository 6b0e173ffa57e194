package core

import (
	"fmt"
	"slices"
)

// action is something that may happen next in a world.
type action struct {
	kind   actionKind
	worker int
	arg    int // a rank, a step, or after how many decisions the coordinator ends
}

type actionKind int

const (
	deliver  actionKind = iota // the oldest report of a worker arrives
	again                      // one that had arrived arrives again
	obeys                      // a worker does its oldest order, or begins to
	arrives                    // an abrupt order reaches a worker that is at something older
	takes                      // a worker takes the sum of its step
	catchUp                    // a worker takes over the state that it waits for
	gives                      // a worker gives up a ring that is broken
	hears                      // a suspect shows that it lives
	loses                      // the coordinator finds that a worker is gone
	rejoins                    // a worker that was given up, or whose coordinator was restarted, asks again
	prepares                   // the shell answers what a stage consists of
	judges                     // the shell has judged the state before a gate
	ticks                      // time passes
	lastOwn

	// Faults, which a budget bounds.
	breaks
	kills
	killsBefore // it had not brought its part of the step yet
	evicts
	joins
	leaves
	restarts
	cuts // the coordinator is restarted in the middle of its decisions
	stops
	repeats // the oldest report of a worker arrives, and will again
)

func (a action) fault() bool { return a.kind > lastOwn }

func (a action) String() string {
	what := [...]string{"report of", "late report of", "obeys", "is reached", "takes the sum", "takes the state over", "gives its ring up", "is heard",
		"is lost", "asks to join again", "prepared", "the gate is judged", "tick", "", "link breaks at", "dies", "dies before its part", "is given up, though it lives",
		"joins anew", "is asked to leave", "restart", "restart within decisions on report of", "stop", "report, not for the last time, of"}[a.kind]
	switch a.kind {
	case prepares, judges, ticks, restarts, stops:
		return what
	}
	return fmt.Sprintf("%s %s", names[a.worker], what)
}

// actions lists all that may happen.
func (w *world) actions() []action {
	if w.m.phase == over {
		return nil
	}
	var all []action
	add := func(k actionKind, worker, arg int) { all = append(all, action{k, worker, arg}) }
	if w.shell.preparing {
		for _, back := range w.checkpoints() {
			add(prepares, 0, back)
		}
	}
	if w.shell.judging > 0 {
		add(judges, 0, 0)
	}
	for i := range w.hands {
		w.own(i, add)
	}
	if w.tickable() {
		add(ticks, 0, 0)
	}
	for i := range w.hands {
		w.faults(i, add)
	}
	if w.left.joins > 0 {
		add(joins, w.stranger(), 0)
	}
	if w.left.restarts > 0 {
		add(restarts, 0, 0)
	}
	if w.left.stops > 0 {
		add(stops, 0, 0)
	}
	return all
}

// own are the actions of a worker that need no fault.
func (w *world) own(i int, add func(actionKind, int, int)) {
	h := &w.hands[i]
	if h.known && len(h.notes) > 0 {
		add(deliver, i, 0)
		if w.left.repeats > 0 {
			add(repeats, i, 0)
		}
	}
	if h.known && len(h.late) > 0 {
		add(again, i, 0)
	}
	if !h.alive {
		if h.known && !w.set.silent {
			add(loses, i, 0)
		}
		return
	}
	if h.local() {
		add(obeys, i, 0)
	}
	if h.voided() > 0 {
		add(arrives, i, 0)
	}
	if h.doing && w.whole(i) {
		add(takes, i, 0)
	}
	if w.teachable(i) {
		add(catchUp, i, 0)
	}
	if _, suspect := w.m.train.suspects[names[i]]; suspect && h.known {
		add(hears, i, 0)
	}
	if !h.known {
		add(rejoins, i, 0)
	}
	if h.ring == 0 || h.broken || !h.doing && !h.idle || h.complains() {
		return
	}
	anybody := false
	for rank, member := range h.members {
		if member != i && w.gone(member, h.ring) {
			add(gives, i, rank)
			anybody = true
		}
	}
	if anybody {
		add(gives, i, -1)
	} else if w.left.breaks > 0 && len(h.members) > 1 {
		add(breaks, i, -1)
		add(breaks, i, slices.Index(h.members, i))
		add(breaks, i, (slices.Index(h.members, i)+1)%len(h.members))
	}
}

// faults are the ones that may happen to a worker.
func (w *world) faults(i int, add func(actionKind, int, int)) {
	h := &w.hands[i]
	if w.left.restarts > 0 && h.known && len(h.notes) > 0 {
		for _, n := range w.cuts(w.event(i, h.notes[0])) {
			add(cuts, i, n)
		}
	}
	if !h.alive {
		return
	}
	if w.left.kills > 0 {
		add(kills, i, 0)
		if at := w.sum(h.step.generation, h.step.unit); h.doing && at >= 0 && w.sums[at].taken == 0 {
			add(killsBefore, i, 0)
		}
	}
	if w.left.evicts > 0 && h.known && w.member(i) {
		add(evicts, i, 0)
	}
	if w.left.leaves > 0 && h.known && !h.asked {
		add(leaves, i, 0)
	}
}

// tickable says whether time that passes changes anything.
func (w *world) tickable() bool {
	for i := range w.hands {
		if w.set.silent && w.hands[i].known && !w.hands[i].alive {
			return true
		}
		if known := w.m.members[names[i]]; known != nil && !known.barred.IsZero() {
			return true
		}
	}
	return w.m.phase == gathering && w.m.waitedLongEnough(w.now()) || w.m.waitsInVain(w.now())
}

// checkpoints are the steps whose states may be there to go back to: the newest, every
// second step having one, or the stage's first where that is damaged.
func (w *world) checkpoints() []int {
	newest := w.shell.limit / 2 * 2
	if !w.shell.back || newest == 0 || w.set.stages[w.m.stage].kind == Infer {
		return []int{0}
	}
	return []int{newest, 0}
}

// stranger is a name for another worker: of one that died, or a new one.
func (w *world) stranger() int {
	for i := range w.hands {
		if !w.hands[i].alive {
			return i
		}
	}
	return len(w.hands)
}
