package core

import (
	"slices"
	"time"
)

// training is the state of a Train stage.
type training struct {
	ring     []WorkerID       // of the newest generation, by rank; set by form
	place    map[WorkerID]int // the rank of each of them
	before   []WorkerID       // of the one before it
	answered map[WorkerID]bool
	states   map[WorkerID]StateID // where members of the ring said they stand
	// active are the ring's members that hold the state: examples are dealt to them, and a
	// step waits for them. The others are fetching it. Nobody is active while links are formed.
	active activeSet
	// applied is how many steps those who count are known to have in their state: one that
	// counts while the last of the steps dealt before that are still under way.
	applied map[WorkerID]int

	dealt   map[int]*deal  // steps that are not committed
	dealtTo int            // the next step to deal
	hashes  map[int]string // of committed steps that a rank that is catching up may still report

	broken   uint64                 // the newest generation in whose ring somebody cannot go on
	suspects map[WorkerID]time.Time // members that others hold at fault, since when
	blame    map[WorkerID]int       // how often since the last commit

	saver    WorkerID  // none between two attempts to save
	notSaved int       // attempts that failed
	saveAt   time.Time // of the next attempt
}

// deal is a step that was dealt.
type deal struct {
	generation uint64
	quorum     []WorkerID // who must report it
	reports    map[WorkerID]report
	reported   int // the first so many of quorum have reported it
}

type report struct {
	hash      string
	notFinite bool
}

// form makes a ring of workers, by rank.
func (t *training) form(ring []WorkerID) {
	t.ring, t.place = ring, make(map[WorkerID]int, len(ring))
	for rank, w := range ring {
		t.place[w] = rank
	}
}

// ended is what is left of a training when its stage ends or begins again: the ring, whose order
// the next one keeps.
func (t *training) ended() training { return training{ring: t.ring, place: t.place} }

// onRing says whether a worker has a rank in the newest ring.
func (t *training) onRing(w WorkerID) bool {
	_, is := t.place[w]
	return is
}

// needs says whether the ring, or a step that was dealt, waits for a worker.
func (t *training) needs(w WorkerID) bool {
	if t.onRing(w) {
		return true
	}
	for _, d := range t.dealt {
		if slices.Contains(d.quorum, w) {
			return true
		}
	}
	return false
}

// catchingUp says whether a member of the ring does not hold the state yet.
func (t *training) catchingUp() bool {
	active, _ := t.active.list(t.ring)
	return len(active) < len(t.ring)
}

// reform makes a new generation of those who hold the stage's model. An abrupt one voids
// what is dealt; otherwise that comes to its end first, in the old ring.
func (m *Machine) reform(abrupt bool) []Decision {
	t := &m.train
	if !abrupt && m.tooFew() {
		return m.idle() // what is dealt comes to its end, and nothing else is dealt
	}
	t.broken, t.suspects = 0, nil
	t.active = activeSet{}
	if abrupt {
		t.dealt, t.dealtTo = nil, m.committed.Applied
	}
	if m.tooFew() {
		return m.halt()
	}
	t.before = t.ring
	t.form(m.able())
	t.answered, t.states = map[WorkerID]bool{}, map[WorkerID]StateID{}
	m.phase = linking
	out := []Decision{FormRing{m.next(), t.ring, abrupt}}
	return append(out, m.releaseLeaving()...)
}

// idle pauses a stage whose dealt steps are all committed, if too few are there.
func (m *Machine) idle() []Decision {
	if len(m.train.dealt) > 0 || !m.tooFew() {
		return nil
	}
	return m.halt()
}

// halt gives the ring up and waits for more workers.
func (m *Machine) halt() []Decision {
	m.train.form(nil)
	m.train.active = activeSet{}
	out := append(m.releaseLeaving(), m.pause()...)
	if m.phase == paused { // nobody is there to hand over to
		out = append(out, m.depart()...)
	}
	return out
}

// releaseLeaving releases leaving workers. One that was dealt steps gets the word after them, and
// stays a member until they are committed.
func (m *Machine) releaseLeaving() []Decision {
	var out []Decision
	for _, w := range slices.Clone(m.order) {
		known := m.members[w]
		if !known.leaving {
			continue
		}
		if !known.released {
			known.released = true
			out = append(out, Release{w})
		}
		if !m.train.needs(w) {
			m.remove(w)
		}
	}
	return out
}

func (m *Machine) ringReady(e RingReady) []Decision {
	t := &m.train
	if m.phase != linking || e.Generation != m.generation || !t.onRing(e.Worker) {
		return nil
	}
	t.answered[e.Worker] = true
	if e.State != nil {
		t.states[e.Worker] = *e.State
	}
	if len(t.answered) < len(t.ring) {
		return nil
	}
	return m.linked()
}

// linked takes the most advanced member's state for the run's: what it has applied is committed,
// and a member with another state fetches it from one that has it.
func (m *Machine) linked() []Decision {
	t := &m.train
	for _, known := range m.members {
		known.held = nil
	}
	var best StateID
	var holders []WorkerID
	for _, w := range t.ring {
		state, has := t.states[w]
		switch {
		case !has || state.Before(best) || m.mayLackCommitted(state):
		case state == best:
			holders = append(holders, w)
		default:
			best, holders = state, []WorkerID{w}
		}
	}
	if len(holders) == 0 {
		m.recall()
		if m.missing() { // somebody came meanwhile, or was a spare, and may hold it
			return m.reform(true)
		}
		return m.rollBackOrAbort()
	}
	var out []Decision
	for u := m.committed.Applied; u < best.Applied; u++ {
		out = append(out, Commit{m.stage, u, holders[0]})
		m.progress(u + 1)
	}
	if best != m.committed {
		m.committed, m.settled = best, m.generation
	}
	t.dealt, t.dealtTo, t.hashes = nil, best.Applied, nil
	if t.broken < m.generation { // that was the ring before this one
		t.broken, t.suspects = 0, nil
	}
	t.active, t.applied = activeSet{}, map[WorkerID]int{}
	for _, w := range holders {
		t.active.add(w)
		t.applied[w] = best.Applied
	}
	m.phase = working
	out = append(out, m.releaseLeaving()...)
	transfers := 0
	for _, w := range t.ring {
		if !t.active.has(w) && !m.stopping && best.Applied < m.units {
			out = append(out, TransferState{m.stage, m.generation, best.Applied, holders[transfers%len(holders)], w})
			transfers++
		}
	}
	return append(out, m.advance()...)
}

// mayLackCommitted says whether a state with this ID may lack something that is committed. When
// a step is committed that only some had applied, others may hold another state that was
// made since, in a generation after that step's and before the one it was committed in.
func (m *Machine) mayLackCommitted(state StateID) bool {
	return state.Before(m.committed) || m.committed.AppliedGeneration < state.AppliedGeneration && state.AppliedGeneration < m.settled
}

// advance deals what may be dealt, or ends what has come to its end.
func (m *Machine) advance() []Decision {
	if m.phase != working {
		return nil
	}
	if m.stopping {
		return m.drained()
	}
	out := m.depart()
	if m.phase != working {
		return out
	}
	if m.newcomers() {
		return append(out, m.reform(false)...)
	}
	if halted := m.idle(); halted != nil {
		return append(out, halted...)
	}
	out = append(out, m.dealSteps()...)
	out = append(out, m.judge()...)
	return append(out, m.drained()...)
}

// newcomers says whether somebody could join the ring now. While a member is still fetching the state,
// nobody does: that would have it begin anew.
func (m *Machine) newcomers() bool {
	if m.phase != working || m.kind != Train || m.stopping || m.train.catchingUp() || m.committed.Applied == m.units {
		return false
	}
	return m.missing()
}

// missing says whether somebody is able and not on the ring.
func (m *Machine) missing() bool {
	return slices.ContainsFunc(m.order, func(w WorkerID) bool { return !m.train.onRing(w) && m.isAble(w) })
}
