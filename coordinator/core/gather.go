package core

import (
	"slices"
	"time"
)

// gathered begins the run's work when there are workers enough. Those that were asked to go do so
// before, where another holds what they do.
func (m *Machine) gathered() []Decision {
	out := m.depart()
	if m.phase != gathering || m.participants() < m.cfg.Workers && !m.allBack() {
		return out
	}
	return append(out, m.start()...)
}

// allBack says whether a run that goes on has all workers back that it had last and that did not
// leave since, each with what it held, and that is all that was committed: nobody is worth
// waiting for.
func (m *Machine) allBack() bool {
	if m.origin == nil || len(m.origin.Members) == 0 || !m.upToDate || m.gatheredTooFew() {
		return false
	}
	return !slices.ContainsFunc(m.origin.Members, func(w WorkerID) bool {
		known := m.members[w]
		return known == nil || known.spare || !known.loaded
	})
}

// start begins the run, or goes on with it.
func (m *Machine) start() []Decision {
	if m.origin == nil {
		return m.enter(0)
	}
	held := slices.ContainsFunc(m.order, func(w WorkerID) bool { return m.members[w].loaded })
	from := *m.origin
	m.origin = nil
	switch {
	case held: // the stage's description is wanted again, its models are there
		m.phase = preparing
		return []Decision{Prepare{m.stage}}
	case from.BeginGeneration == 0:
		return m.enter(from.Stage)
	default:
		return m.rollBack()
	}
}

// startWait is how long a run waits for the workers it is to begin with when there are
// enough to work.
const startWait = 30 * time.Second

// waitedLongEnough says whether the workers that are there have waited for others long enough.
func (m *Machine) waitedLongEnough(now time.Time) bool {
	if m.origin == nil || m.gatheredTooFew() || m.firstJoined.IsZero() {
		return false
	}
	waits := startWait
	for _, w := range m.members {
		switch {
		case !w.loaded:
		case m.upToDate:
			waits = m.cfg.Gather
		default:
			waits = 2 * m.cfg.Gather
		}
	}
	return now.Sub(m.firstJoined) >= waits
}

// gatheredTooFew says whether those who are there could not go on, if only to hand over what one
// of them holds that was asked to go.
func (m *Machine) gatheredTooFew() bool {
	able := 0
	for _, w := range m.members {
		if !w.spare {
			able++
		}
	}
	return m.participants() == 0 || able < m.cfg.Min
}

// onlyHolder says whether a worker came back with a state that nobody else who stays has come
// back with.
func (m *Machine) onlyHolder(w WorkerID) bool {
	brought := func(w WorkerID) *StateID {
		known := m.members[w]
		if known.begun != m.beginGeneration || known.held == nil || m.mayLackCommitted(*known.held) {
			return nil
		}
		return known.held
	}
	mine := brought(w)
	if mine == nil || m.members[w].spare {
		return false
	}
	return !slices.ContainsFunc(m.order, func(x WorkerID) bool {
		theirs := brought(x)
		return x != w && !m.members[x].asked && theirs != nil && !theirs.Before(*mine)
	})
}

// waitsInVain says whether workers that were asked to go have been kept back for long enough, in
// a run that goes on and for which too few have come back to take their state over.
func (m *Machine) waitsInVain(now time.Time) bool {
	return m.phase == gathering && m.origin != nil && m.gatheredTooFew() &&
		slices.ContainsFunc(m.order, func(w WorkerID) bool { return m.members[w].asked }) && now.Sub(m.firstJoined) >= 2*m.cfg.Gather
}
