package core

import (
	"fmt"
	"slices"
)

// apply gives the machine an event and carries its decisions out.
func (w *world) apply(e Event) { w.applyUntil(e, -1) }

// applyUntil carries out the first so many decisions only, −1 for all: a coordinator that
// ends in the middle of them has the rest never done.
func (w *world) applyUntil(e Event, cut int) {
	if w.tell != nil {
		w.say("%T %+v%s", e, e, told(e))
	}
	before := w.m
	w.m, w.mkey = w.m.clone(), nil
	decisions := w.m.Apply(e)
	for n, d := range decisions {
		if n == cut {
			w.say("    (the coordinator ends here)")
			return
		}
		w.say("    %T %+v", d, d)
		w.checkNames(d, before)
		w.execute(d)
	}
	w.checkShell()
}

// durable says whether a decision leaves something on disk.
func durable(d Decision) bool {
	switch d.(type) {
	case Commit, FormRing, Begin, StageDone:
		return true
	}
	return false
}

// cuts are the numbers of decisions after which an end of the coordinator leaves
// something on disk that no restart before or after the event does.
func (w *world) cuts(e Event) []int {
	decisions := w.m.clone().Apply(e)
	last := -1
	for n, d := range decisions {
		if durable(d) {
			last = n
		}
	}
	var all []int
	for n := range max(last, 0) {
		if durable(decisions[n]) {
			all = append(all, n+1)
		}
	}
	return all
}

// order puts an order into the queue of a worker that the coordinator knows. An abrupt one
// takes the place of one before it that has not arrived: what the worker did between the
// two it could as well have done before the second was given.
func (w *world) order(to WorkerID, o order) {
	h := &w.hands[index(to)]
	if !h.known || !h.alive {
		return
	}
	if at := slices.IndexFunc(h.queue, func(o order) bool { return o.abrupt }); o.abrupt && at >= 0 {
		h.queue = h.queue[:at]
	}
	h.queue = push(h.queue, o)
}

func (w *world) execute(d Decision) {
	s := &w.shell
	switch d := d.(type) {
	case Prepare:
		s.preparing, s.back, s.limit = true, false, 0
	case RollBack:
		w.checkGoBack(d)
		s.preparing, s.back, s.limit = true, true, d.Steps
	case Begin:
		w.beginStage(d)
	case FormRing:
		if d.Generation <= s.disk.Generation {
			w.fail("ring %d after %d", d.Generation, s.disk.Generation)
		}
		s.disk.Generation, s.disk.Members = d.Generation, d.Members
		var members []int
		for _, member := range d.Members {
			members = append(members, index(member))
		}
		s.ring, s.ringOf = members, d.Generation
		for _, member := range d.Members {
			w.order(member, order{kind: join, generation: d.Generation, abrupt: d.Abrupt, members: members})
		}
	case TransferState:
		w.order(d.From, order{kind: serveState, stage: d.Stage, generation: d.Generation, unit: d.Step})
		w.order(d.To, order{kind: fetchState, stage: d.Stage, generation: d.Generation, unit: d.Step, source: index(d.From)})
	case DealStep:
		w.dealStep(d)
	case DealBatch:
		w.order(d.Worker, order{kind: batch, stage: d.Stage, generation: d.Generation, unit: d.Batch})
	case Commit:
		w.commit(d)
	case Save:
		if want := s.disk.Committed.Applied; d.Steps != want || d.Finished != (want == w.m.units) {
			w.fail("%d steps are committed, and %+v", want, d)
		}
		w.order(d.Worker, order{kind: save, stage: d.Stage})
	case StageDone:
		if units := w.set.stages[d.Stage].units; s.disk.Committed.Applied != units {
			w.fail("stage %d is done with %d of %d units", d.Stage, s.disk.Committed.Applied, units)
		}
		s.disk = ResumePoint{Stage: d.Stage + 1, Generation: s.disk.Generation}
		s.record, s.batches = fresh, 0
	case Dropped:
		w.forget(index(d.Worker))
	case Evict:
		w.fail("%s is evicted and did nothing wrong: %v", d.Worker, d.Cause)
	case Release:
		w.checkRelease(d)
		w.order(d.Worker, order{kind: end})
	case Refuse:
		w.forget(index(d.Worker))
		w.hands[index(d.Worker)] = hand{}
	case Abort:
		w.fail("the run aborts: %v", d.Cause)
	case Finished:
		if s.disk.Stage != len(w.set.stages) {
			w.fail("the run is finished in stage %d of %d", s.disk.Stage, len(w.set.stages))
		}
	case Stopped:
		if w.left.stops == w.set.faults.stops {
			w.fail("the run stops and nobody asked")
		}
	}
}

// forget ends a worker's session: its orders and reports do not pass any more.
func (w *world) forget(i int) {
	h := &w.hands[i]
	h.known, h.notes, h.late = false, nil, nil
	if !h.alive {
		*h = hand{}
	}
}

func (w *world) beginStage(d Begin) {
	s := &w.shell
	if d.Generation != s.disk.BeginGeneration {
		if d.Generation <= s.disk.Generation {
			w.fail("begin of generation %d after generation %d", d.Generation, s.disk.Generation)
		}
		// The stage begins, or begins again: what was committed after that step is forgotten.
		s.disk.Generation, s.disk.BeginGeneration, s.disk.Committed, s.disk.Settled = d.Generation, d.Generation, StateID{s.from, d.Generation}, d.Generation
		s.disk.Members = d.Members
		s.record, s.batches = w.book.after(s.record, s.from), 0
	}
	for _, member := range d.Members {
		w.order(member, order{kind: begin, stage: d.Stage, generation: d.Generation, unit: d.From, abrupt: true, state: w.book.after(s.record, d.From)})
	}
}

func (w *world) dealStep(d DealStep) {
	s := &w.shell
	if d.Generation == s.dealtIn && d.Step != s.dealt+1 || d.Generation < s.dealtIn {
		w.fail("step %d of generation %d is dealt after step %d of generation %d", d.Step, d.Generation, s.dealt, s.dealtIn)
	}
	s.dealtIn, s.dealt = d.Generation, d.Step
	o := order{kind: step, stage: d.Stage, generation: d.Generation, unit: d.Step, hash: d.Hash}
	for _, rank := range d.ActiveRanks {
		o.active |= 1 << rank
	}
	if d.Generation != s.ringOf || o.active == 0 || int(o.active) >= 1<<len(s.ring) {
		w.fail("ranks %v of ring %d count, and %+v", s.ring, s.ringOf, d)
	}
	for _, member := range s.ring {
		w.order(names[member], o)
	}
}

// commit writes a step into the ledger.
func (w *world) commit(d Commit) {
	s := &w.shell
	if w.set.stages[d.Stage].kind == Infer {
		s.disk.Committed.Applied++
		if s.batches&(1<<d.Unit) != 0 {
			w.fail("batch %d counts twice", d.Unit)
		}
		s.batches |= 1 << d.Unit
		return
	}
	b := w.book
	if have := b.steps(s.record); d.Unit != have {
		w.fail("step %d is committed after %d steps", d.Unit, have)
	}
	said := w.hands[index(d.Worker)].said
	if b.steps(said) <= d.Unit {
		w.fail("step %d is committed by %s, which has %s", d.Unit, d.Worker, b.told(said))
	}
	next := b.after(said, d.Unit+1)
	if b.after(next, d.Unit) != s.record {
		w.fail("step %d is committed by %s, which has %s; the record is %s", d.Unit, d.Worker, b.told(said), b.told(s.record))
	}
	s.record = next
	s.disk.Committed, s.disk.Settled = StateID{d.Unit + 1, b.generation[next]}, s.disk.Generation
}

// answer tells the machine what the stage consists of; back is the step whose state is
// there to go on from.
func (w *world) answer(back int) {
	s := &w.shell
	s.preparing, s.from = false, back
	stage := w.set.stages[w.m.stage]
	w.apply(Prepared{Stage: w.m.stage, Kind: stage.kind, Units: stage.units, From: back})
}

// restart has a new machine go on from what is on disk.
func (w *world) restart() {
	w.say("restart from %+v", w.shell.disk)
	w.shell = shell{disk: w.shell.disk, record: w.shell.record, batches: w.shell.batches}
	w.m, w.mkey = NewFrom(w.set.cfg, len(w.set.stages), w.shell.disk), nil
	for i := range w.hands {
		w.forget(i)
	}
}

// told is what an event's own print leaves out.
func told(e Event) string {
	switch e := e.(type) {
	case RingReady:
		if e.State != nil {
			return fmt.Sprintf(" of %+v", *e.State)
		}
	case Joined:
		if e.Held != nil {
			return fmt.Sprintf(" of %+v", *e.Held)
		}
	}
	return ""
}
