package core

import "slices"

// leaving lets a worker go when it has done what it was dealt.
func (m *Machine) leaving(w WorkerID) []Decision {
	known := m.members[w]
	if known == nil || known.asked {
		return nil
	}
	known.asked = true
	return append(m.promote(), m.depart()...)
}

// depart has those leave that were asked to and may.
func (m *Machine) depart() []Decision {
	var out []Decision
	for _, w := range slices.Clone(m.order) {
		known := m.members[w]
		if known == nil || !known.asked || known.leaving || m.heldBack(w) {
			continue
		}
		known.leaving = true
		if m.onRing(w) {
			out = append(out, m.reform(false)...)
		} else {
			out = append(out, m.release(w)...)
		}
	}
	return out
}

// reconsider has who was let go since nobody was there stay after all, as long as it does
// not know: there is somebody now to hand the state over to.
func (m *Machine) reconsider() {
	for _, known := range m.members {
		known.leaving = known.leaving && known.released
	}
}

// onRing says whether the ring, or a step that was dealt, needs the worker.
func (m *Machine) onRing(w WorkerID) bool {
	return m.kind == Train && (m.phase == working || m.phase == linking) && m.train.needs(w)
}

// heldBack says whether a worker that was asked to go must stay for now: it saves the
// model, or nobody else holds the state and somebody is fetching it, or that is not
// known yet, while workers of a run that goes on come back or links are formed.
func (m *Machine) heldBack(w WorkerID) bool {
	t := &m.train
	switch {
	case m.phase == saving: // between two attempts everybody may be asked next
		return t.saver == w || t.saver == "" && m.holds(w)
	case m.phase == gathering || m.phase == preparing || m.phase == loading:
		return m.onlyHolder(w)
	case !m.onRing(w):
		return false
	case m.phase == linking:
		return true
	case !t.active.has(w):
		return false
	}
	heir := false
	for x, known := range m.members {
		if x == w || known.leaving {
			continue
		}
		if m.holds(x) {
			return false
		}
		heir = heir || !known.asked && !known.spare
	}
	return heir
}

// releaseAsked lets all go that were asked to.
func (m *Machine) releaseAsked() []Decision {
	var out []Decision
	for _, w := range slices.Clone(m.order) {
		if known := m.members[w]; known != nil && known.asked {
			out = append(out, m.release(w)...)
		}
	}
	return out
}

// release lets a leaving worker go now. A run that gathers its workers waits for it no more.
func (m *Machine) release(w WorkerID) []Decision {
	m.remove(w)
	if m.origin != nil {
		from := *m.origin
		from.Members = slices.DeleteFunc(slices.Clone(from.Members), func(o WorkerID) bool { return o == w })
		m.origin = &from
	}
	return append([]Decision{Release{w}}, m.without(w, false)...)
}

// holds says whether a member has all that is committed and will have all that is dealt.
func (m *Machine) holds(w WorkerID) bool {
	t := &m.train
	for _, d := range t.dealt {
		if !slices.Contains(d.quorum, w) {
			return false
		}
	}
	return t.active.has(w) && t.applied[w] == m.committed.Applied
}
