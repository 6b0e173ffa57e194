package core

import (
	"errors"
	"slices"
	"time"
)

// member is what is known of a worker.
type member struct {
	heard       time.Time
	unreached   time.Time // when another last could not reach it
	spare       bool      // waits: there are enough
	barred      time.Time // a spare until then: its links failed again and again
	timesBarred int       // how often since it last took part in a step that was committed
	asked       bool      // to go
	leaving     bool      // goes, and does what it was dealt
	released    bool      // and has been told that it may
	begun       uint64    // generation of the Begin it was last given
	loaded      bool      // and has the model of
	held        *StateID  // the state of it that it came with; nil once a ring knows all states
}

func (m *Machine) joined(e Joined) []Decision {
	if known := m.members[e.Worker]; known != nil {
		return []Decision{Welcome{e.Worker, known.spare}} // its first answer was lost
	}
	if m.firstJoined.IsZero() {
		m.firstJoined = e.At
	}
	w := &member{heard: e.At, spare: m.participants() >= m.cfg.Max}
	if e.Barred.After(e.At) {
		w.spare, w.barred = true, e.Barred
	}
	// A state of this attempt at the stage is worth keeping; whether it is the newest is
	// seen when a ring is formed.
	if h := e.Held; h != nil && h.Stage == m.stage && m.beginGeneration > 0 && h.State.AppliedGeneration >= m.beginGeneration && !m.rollingBack {
		w.begun, w.loaded, w.held = m.beginGeneration, true, &h.State
		m.upToDate = m.upToDate || !h.State.Before(m.committed)
	}
	m.members[e.Worker] = w
	m.order = append(m.order, e.Worker)
	out := []Decision{Welcome{e.Worker, w.spare}}
	if w.spare {
		return out
	}
	return append(out, m.activated(e.Worker)...)
}

// activated has a worker that is no spare take part as soon as it may.
func (m *Machine) activated(w WorkerID) []Decision {
	switch m.phase {
	case gathering:
		return m.gathered()
	case loading, linking, working, paused:
		m.reconsider()
		if m.members[w].begun == m.beginGeneration {
			return m.settle()
		}
		m.members[w].begun, m.members[w].loaded = m.beginGeneration, false
		return []Decision{Begin{Stage: m.stage, Generation: m.beginGeneration, Members: []WorkerID{w}}}
	default:
		return nil // the next Begin is for all
	}
}

func (m *Machine) heard(w WorkerID, at time.Time) []Decision {
	if known := m.members[w]; known != nil && at.After(known.heard) {
		known.heard = at
	}
	return m.clearSuspicion(w, at)
}

// failed drops a worker that cannot go on. While nothing was ever done, what one worker
// cannot do others most likely cannot either: a second failure, or the only worker's, ends
// the run with its reason, which is better than to start workers again and again.
func (m *Machine) failed(e Failed) []Decision {
	if known := m.members[e.Worker]; known != nil && !m.proven {
		m.failures++
		if m.failures > 1 || len(m.members) == 1 {
			return m.abort(&WorkerError{Worker: e.Worker, Rank: m.rank(e.Worker), Kind: ErrFailed, Reason: e.Reason})
		}
	}
	return m.lost(e.Worker, ErrFailed, e.Reason)
}

// lost drops a member that is no more.
func (m *Machine) lost(w WorkerID, kind error, reason string) []Decision {
	known := m.members[w]
	cause := &WorkerError{Worker: w, Rank: m.rank(w), Kind: kind, Reason: reason}
	if known == nil {
		// A process that ends before it ever joined would be waited for in vain, where
		// nothing but its coming ends the wait.
		if m.phase == gathering && m.origin == nil && !errors.Is(kind, ErrSilent) {
			return m.abort(cause)
		}
		return nil
	}
	out := []Decision{Dropped{w, cause}}
	needed := m.needs(w)
	m.remove(w)
	if needed {
		if end := m.setback(cause); end != nil {
			return append(out, end...)
		}
	}
	return append(out, m.without(w, needed)...)
}

// remove takes a member out. Another process may come under its name, so what it held is
// forgotten too.
func (m *Machine) remove(w WorkerID) {
	delete(m.members, w)
	m.train.active.remove(w)
	m.order = slices.DeleteFunc(slices.Clone(m.order), func(o WorkerID) bool { return o == w })
}

// without goes on after a member was taken out. needed says that something waited for it.
func (m *Machine) without(w WorkerID, needed bool) []Decision {
	out := m.promote()
	switch m.phase {
	case gathering:
		return append(out, m.gathered()...)
	case loading:
		return append(out, m.settle()...)
	case linking, working:
		if m.kind == Infer {
			return append(out, m.redeal(w)...)
		}
		if needed {
			return append(out, m.reform(true)...)
		}
		out = append(out, m.clearSuspicion(w, time.Time{})...)
		return append(out, m.depart()...)
	case saving:
		return append(out, m.saveOnAnother(w)...)
	}
	return out
}

// needs says whether something under way waits for the worker.
func (m *Machine) needs(w WorkerID) bool {
	switch m.phase {
	case linking, working:
		if m.kind == Infer {
			return !m.members[w].spare
		}
		return m.train.needs(w)
	case saving:
		return m.train.saver == w
	case loading, gathering, preparing:
		return !m.members[w].spare
	}
	return false
}

// promote makes members of spares while there is room.
func (m *Machine) promote() []Decision {
	var out []Decision
	for _, w := range m.order {
		if m.participants() >= m.cfg.Max {
			break
		}
		if s := m.members[w]; s.spare && s.barred.IsZero() {
			s.spare = false
			out = append(out, m.activated(w)...)
		}
	}
	return out
}

func (m *Machine) tick(e Tick) []Decision {
	now := e.Now
	for _, w := range slices.Clone(m.order) {
		known := m.members[w]
		if known == nil {
			continue
		}
		if !known.barred.IsZero() && !now.Before(known.barred) {
			known.barred = time.Time{}
		}
		quiet := now.Sub(known.heard)
		_, suspect := m.train.suspects[w]
		suspect = suspect || known.unreached.After(known.heard)
		if m.cfg.Silence > 0 && quiet > m.silence(w, e) || suspect && m.cfg.Suspicion > 0 && quiet > m.cfg.Suspicion {
			return append(m.lost(w, ErrSilent, quiet.Round(100*time.Millisecond).String()), m.tick(e)...)
		}
	}
	out := append(m.promote(), m.saveAgain(now)...)
	switch {
	case m.phase == gathering && m.waitedLongEnough(now):
		return append(out, m.start()...)
	case m.waitsInVain(now):
		return append(out, m.releaseAsked()...)
	}
	return out
}

// silence is how long a worker may be unheard.
func (m *Machine) silence(w WorkerID, e Tick) time.Duration {
	if !slices.Contains(e.Connected, w) || !m.mayHold(w) {
		return m.cfg.Silence
	}
	for x, known := range m.members {
		if e.Now.Sub(known.heard) <= m.cfg.Silence && m.mayHold(x) {
			return m.cfg.Silence
		}
	}
	return max(m.cfg.Silence, m.cfg.LastHolders)
}

// mayHold says whether a worker may hold steps of the training that are committed. While links are formed it goes by
// the ring before, and by what a worker said when it joined.
func (m *Machine) mayHold(w WorkerID) bool {
	if m.kind != Train || m.committed.Applied == 0 || !m.isAble(w) {
		return false
	}
	return m.train.applied[w] == m.committed.Applied || m.members[w].held != nil
}

// participants is how many members are no spares and were not asked to go.
func (m *Machine) participants() int {
	n := 0
	for _, w := range m.members {
		if !w.spare && !w.asked {
			n++
		}
	}
	return n
}

// able are the members that hold the stage's model and stay, in order of joining; those
// of the present ring first, by rank, so that survivors keep their order.
func (m *Machine) able() []WorkerID {
	var ranks, others []WorkerID
	for _, w := range m.train.ring {
		if m.isAble(w) {
			ranks = append(ranks, w)
		}
	}
	for _, w := range m.order {
		if m.isAble(w) && !m.train.onRing(w) {
			others = append(others, w)
		}
	}
	return append(ranks, others...)
}

// ableAtLeast says whether so many members are able. It looks at no more than it takes to know.
func (m *Machine) ableAtLeast(n int) bool {
	for _, w := range m.order {
		if n <= 0 {
			break
		}
		if m.isAble(w) {
			n--
		}
	}
	return n <= 0
}

func (m *Machine) isAble(w WorkerID) bool {
	known := m.members[w]
	return known != nil && known.loaded && known.begun == m.beginGeneration && !known.spare && !known.leaving
}

// rank is a worker's place in the ring, −1 if it has none.
func (m *Machine) rank(w WorkerID) int {
	if rank, is := m.train.place[w]; is {
		return rank
	}
	return -1
}
