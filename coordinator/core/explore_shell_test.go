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
		s.judging = 0
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
	case Judge:
		if stage := w.set.stages[d.Stage]; stage.gates == 0 || d.Step%stage.gates != 0 || d.Step != s.disk.Committed.Applied || d.Step <= s.passed || len(d.Holders) == 0 {
			w.fail("%+v, with %d steps committed and %d judged", d, s.disk.Committed.Applied, s.passed)
		}
		s.judging = d.Step
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
		if units := w.units(d.Stage); s.disk.Committed.Applied != units {
			w.fail("stage %d is done with %d of %d units", d.Stage, s.disk.Committed.Applied, units)
		}
		s.passed, s.ended, s.judging = 0, 0, 0
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
		s.passed, s.ended = w.judgedUpTo(s.from) // what was judged of the steps that are done again is void
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
	if gates := w.set.stages[d.Stage].gates; gates > 0 && d.Step/gates*gates > s.passed {
		w.fail("step %d is dealt, and the gate at step %d was not judged", d.Step, d.Step/gates*gates)
	}
	if d.Step >= w.units(d.Stage) {
		w.fail("step %d is dealt of a stage that has ended at step %d", d.Step, w.units(d.Stage))
	}
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
	passed, units := s.passed, w.units(w.m.stage)
	if s.back {
		var ended int
		if passed, ended = w.judgedUpTo(back); ended == 0 {
			units = stage.units
		}
	}
	w.apply(Prepared{Stage: w.m.stage, Kind: stage.kind, Units: units, From: back, GateEvery: stage.gates, Passed: passed})
}

// judgedUpTo is the last gate that was judged, and where the stage ended, of its steps up to one.
func (w *world) judgedUpTo(step int) (passed, ended int) {
	s := &w.shell
	if step >= s.passed {
		return s.passed, s.ended
	}
	gates := w.set.stages[w.m.stage].gates
	return step / gates * gates, 0
}

// units is how many a stage has, as far as is known.
func (w *world) units(stage int) int {
	if w.shell.ended > 0 {
		return w.shell.ended
	}
	return w.set.stages[stage].units
}

// judge answers what is asked of a gate. What is judged is on disk before the machine hears of it.
func (w *world) judge() {
	s := &w.shell
	step, ends := s.judging, w.set.stages[w.m.stage].ends == s.judging
	s.judging, s.passed = 0, step
	if ends {
		s.ended = step
	}
	w.apply(Judged{Stage: w.m.stage, Step: step, Ends: ends})
}

// restart has a new machine go on from what is on disk.
func (w *world) restart() {
	w.say("restart from %+v", w.shell.disk)
	w.shell = shell{disk: w.shell.disk, record: w.shell.record, batches: w.shell.batches, passed: w.shell.passed, ended: w.shell.ended}
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
