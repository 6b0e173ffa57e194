package core

// A gate is a step before which a stage may end: no step from it on is dealt until the shell has judged
// the state before it. So what the judgement is made of is the same however far ahead steps are dealt,
// whoever is lost meanwhile, and whoever carries the run on.

// gate is the step up to which steps may be dealt: the next gate that was not judged, or the stage's end.
func (m *Machine) gate() int {
	if m.gateEvery == 0 {
		return m.units
	}
	at := max(m.committed.Applied, m.passed+1)
	return min((at+m.gateEvery-1)/m.gateEvery*m.gateEvery, m.units)
}

// judge asks for the judgement that the stage waits for, in each generation anew: what was under way
// for it may be gone with the last one's ring.
func (m *Machine) judge() []Decision {
	t := &m.train
	if m.kind != Train || m.phase != working || m.gate() == m.units || m.committed.Applied != m.gate() ||
		len(t.dealt) > 0 || t.broken != 0 || m.askedIn == m.generation {
		return nil
	}
	holders, _ := t.active.list(t.ring)
	m.askedIn = m.generation
	return []Decision{Judge{m.stage, m.generation, m.committed.Applied, holders}}
}

// judged goes on, or ends the stage. A run that stops keeps its state as it is.
func (m *Machine) judged(e Judged) []Decision {
	switch {
	case m.kind != Train || m.phase != working && m.phase != linking && m.phase != paused || m.stopping:
		return nil
	case e.Stage != m.stage || e.Step != m.committed.Applied || e.Step != m.gate() || e.Step == m.units:
		return nil
	}
	m.passed, m.askedIn = e.Step, 0
	if e.Ends {
		m.units = e.Step
	}
	return m.advance()
}
