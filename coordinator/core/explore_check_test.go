package core

import "slices"

// checkNames: a decision names members only, of before the event or after it.
func (w *world) checkNames(d Decision, before *Machine) {
	var named []WorkerID
	switch d := d.(type) {
	case Begin:
		named = d.Members
	case FormRing:
		named = d.Members
	case TransferState:
		named = []WorkerID{d.From, d.To}
	case DealBatch:
		named = []WorkerID{d.Worker}
	case Commit:
		named = []WorkerID{d.Worker}
	case Save:
		named = append(slices.Clone(d.Holders), d.Worker)
	case Ping:
		named = []WorkerID{d.Worker}
	case Release:
		named = []WorkerID{d.Worker}
	}
	for _, n := range named {
		if !slices.Contains(before.order, n) && !slices.Contains(w.m.order, n) {
			w.fail("%T %+v names %s, which is no member", d, d, n)
		}
	}
}

// checkShell: what the machine goes by is what is on disk.
func (w *world) checkShell() {
	disk := &w.shell.disk
	if w.m.phase == over || w.m.origin != nil {
		return
	}
	if w.m.stage != disk.Stage || w.m.generation != disk.Generation || w.m.beginGeneration != disk.BeginGeneration || w.m.committed != disk.Committed ||
		w.m.kind == Train && w.m.settled != disk.Settled {
		w.fail("on disk is %+v; the machine is in stage %d, generation %d, applied %d, with %+v committed",
			*disk, w.m.stage, w.m.generation, w.m.beginGeneration, w.m.committed)
	}
}

// checkGoBack: work is given up only when no member that stays holds it.
func (w *world) checkGoBack(d RollBack) {
	if d.Steps != w.shell.disk.Committed.Applied {
		w.fail("%d steps are committed, and %+v", w.shell.disk.Committed.Applied, d)
	}
	for i := range w.hands {
		h := &w.hands[i]
		if h.alive && h.known && h.has && h.stage == d.Stage && w.member(i) && !w.m.members[names[i]].released && w.book.steps(h.state) >= d.Steps && d.Steps > 0 &&
			w.book.agree(h.state, w.shell.record) && h.applied >= w.shell.disk.BeginGeneration {
			w.fail("the stage goes back from step %d, though %s holds %s", d.Steps, names[i], w.holds(i))
		}
	}
}

// checkRelease: who was asked to go leaves the state of a stage under way to another, if
// there is one that stays and, as far as is known, lives.
func (w *world) checkRelease(d Release) {
	if w.m.kind != Train || w.m.phase != working && w.m.phase != linking || w.m.committed.Applied == 0 || !w.m.onRing(d.Worker) {
		return
	}
	others := false
	for i := range w.hands {
		h := &w.hands[i]
		known := w.m.members[names[i]]
		switch {
		case known == nil || names[i] == d.Worker || known.spare || known.asked:
			continue
		case !h.alive || h.has && h.applied >= w.shell.disk.BeginGeneration && w.book.steps(h.state) >= w.m.committed.Applied && w.book.agree(h.state, w.shell.record):
			return
		}
		others = true
	}
	if others {
		w.fail("%s goes and nobody who stays holds the %d steps that are committed", d.Worker, w.m.committed.Applied)
	}
}

func (w *world) member(i int) bool { return slices.Contains(w.m.order, names[i]) }

// check looks at what must hold in every state.
func (w *world) check() {
	type held struct {
		id    StateID
		state history
		who   string
	}
	b := w.book
	var all []held
	for i := range w.hands {
		h := &w.hands[i]
		if h.alive && h.has {
			all = append(all, held{h.id(b), h.state, string(names[i])})
		}
		if h.alive && h.given {
			all = append(all, held{StateID{b.steps(h.copy), h.from}, h.copy, "the copy of " + string(names[i])})
		}
	}
	stage := &w.shell.disk
	if stage.BeginGeneration > 0 && stage.Stage < len(w.set.stages) && w.set.stages[stage.Stage].kind == Train {
		all = append(all, held{stage.Committed, w.shell.record, "the record"})
	}
	for i, x := range all {
		for _, y := range all[i+1:] {
			if x.id == y.id && x.state != y.state {
				w.fail("%s and %s are both marked %+v: %s, %s", x.who, y.who, x.id, b.told(x.state), b.told(y.state))
			}
		}
	}
	if w.m.stopping && (w.m.phase == paused || w.m.phase == gathering) {
		w.fail("the run stops, and waits for workers")
	}
	if w.m.phase != working && w.m.phase != saving || w.m.kind != Train {
		return
	}
	for i := range w.hands {
		h := &w.hands[i]
		if w.m.train.active.has(names[i]) && h.alive && h.known && (!h.has || !b.agree(h.state, w.shell.record)) {
			w.fail("%s counts and holds %s; the record is %s", names[i], w.holds(i), b.told(w.shell.record))
		}
	}
}

// wants says for how many workers the machine waits: it rests, and more would let it go on.
func (w *world) wants() bool {
	return (w.m.phase == paused || w.m.phase == gathering) && len(w.m.able()) < max(w.set.cfg.Min, 1) ||
		w.m.phase == gathering && w.m.participants() < w.set.cfg.Min
}
