package core

// enter moves to a stage, or ends the run after the last.
func (m *Machine) enter(stage int) []Decision {
	if m.stopping {
		return m.end(Stopped{})
	}
	if stage == m.stages {
		return m.end(Finished{})
	}
	m.stage, m.beginGeneration, m.committed, m.settled = stage, 0, StateID{}, 0
	m.best, m.setbacks, m.returns = 0, 0, 0
	m.phase = preparing
	return []Decision{Prepare{stage}}
}

// rollBackOrAbort is rollBack where the run itself has lost the state. It does not do so for ever
// where what is done again is lost again.
func (m *Machine) rollBackOrAbort() []Decision {
	if m.returns++; m.cfg.Returns > 0 && m.returns > m.cfg.Returns {
		return m.abort(&NoProgressError{Returns: m.cfg.Returns, Best: m.best, Last: m.lastLoss})
	}
	return m.rollBack()
}

// rollBack begins the stage again at its newest checkpoint: nobody holds its state. A run that
// stops has nothing to keep then.
func (m *Machine) rollBack() []Decision {
	if m.stopping {
		return m.end(Stopped{})
	}
	m.rollingBack = true
	m.phase = preparing
	m.train = m.train.ended()
	return []Decision{RollBack{m.stage, m.committed.Applied}}
}

func (m *Machine) prepared(e Prepared) []Decision {
	if m.phase != preparing || e.Stage != m.stage {
		return nil
	}
	m.kind, m.units, m.gateEvery, m.passed, m.askedIn = e.Kind, e.Units, e.GateEvery, e.Passed, 0
	if e.Units == 0 {
		return m.complete(true)
	}
	if m.stopping {
		return m.end(Stopped{})
	}
	// Models of a stage that was under way when the coordinator ended are kept.
	anew := m.beginGeneration == 0 || m.rollingBack || m.kind == Infer
	if anew {
		m.beginGeneration = m.next()
		m.committed, m.settled = StateID{e.From, m.beginGeneration}, m.beginGeneration
		m.train = m.train.ended()
	}
	m.rollingBack = false
	m.infer = newInference()
	m.phase = loading
	begin := m.load(e.From)
	if len(begin.Members) == 0 && !anew {
		return m.settle()
	}
	return append([]Decision{begin}, m.settle()...)
}

// load has those begin who were not told to yet.
func (m *Machine) load(from int) Begin {
	begin := Begin{Stage: m.stage, Generation: m.beginGeneration, From: from}
	for _, w := range m.order {
		if known := m.members[w]; !known.spare && !known.leaving && known.begun != m.beginGeneration {
			known.begun, known.loaded, known.held = m.beginGeneration, false, nil
			begin.Members = append(begin.Members, w)
		}
	}
	return begin
}

func (m *Machine) stageReady(e StageReady) []Decision {
	known := m.members[e.Worker]
	if known == nil || e.Generation != m.beginGeneration || known.begun != m.beginGeneration || known.loaded {
		return nil
	}
	known.loaded = true
	return m.settle()
}

// settle goes on when what the phase waits for is there, or when a worker that has the
// stage's model may take part.
func (m *Machine) settle() []Decision {
	switch m.phase {
	case loading:
		for _, known := range m.members {
			if !known.spare && !known.leaving && !known.loaded {
				return nil
			}
		}
		return m.begun()
	case paused:
		if !m.ableAtLeast(m.cfg.Min) {
			return nil
		}
		return append([]Decision{Resumed{len(m.able())}}, m.begun()...)
	case working:
		if m.kind == Infer {
			return m.dealBatches()
		}
		m.reconsider()
		return m.advance()
	}
	return nil
}

// begun starts the stage's work with those who hold its model.
func (m *Machine) begun() []Decision {
	if m.kind == Train {
		return m.reform(true)
	}
	if m.tooFew() {
		return m.pause()
	}
	m.phase = working
	return append(m.dealBatches(), m.drained()...)
}

// tooFew says whether too few can work. Where a run stops, one is enough to keep its state.
func (m *Machine) tooFew() bool {
	if m.stopping {
		return !m.ableAtLeast(1)
	}
	return !m.ableAtLeast(m.cfg.Min)
}

// pause waits for more workers. A run that stops waits for nobody.
func (m *Machine) pause() []Decision {
	if m.stopping {
		return m.end(Stopped{})
	}
	if m.phase == paused {
		return nil
	}
	m.phase = paused
	return []Decision{Paused{len(m.able()), m.cfg.Min}}
}

// drained ends the stage's work once everything dealt is committed and no more will be.
func (m *Machine) drained() []Decision {
	if m.phase != working || m.outstanding() > 0 || (m.committed.Applied < m.units && !m.stopping) {
		return nil
	}
	if m.kind == Train && m.committed.Applied > 0 {
		return m.save()
	}
	return m.complete(m.committed.Applied == m.units)
}

// outstanding is how many units are dealt and not committed.
func (m *Machine) outstanding() int {
	if m.kind == Infer {
		return len(m.infer.holder)
	}
	return len(m.train.dealt)
}

func (m *Machine) complete(finished bool) []Decision {
	if !finished {
		return m.end(Stopped{})
	}
	done := StageDone{m.stage}
	return append([]Decision{done}, m.enter(m.stage+1)...)
}

// stop lets what is dealt come to its end; nothing new is dealt. Workers that hold a state
// and do nothing, since too few are there or others load it still, form a ring to keep it.
func (m *Machine) stop() []Decision {
	if m.stopping {
		return nil
	}
	m.stopping = true
	switch m.phase {
	case working:
		return m.drained()
	case linking, saving:
		return nil
	case paused, loading:
		if m.kind == Train && m.committed.Applied > 0 && !m.tooFew() {
			return m.reform(true)
		}
	}
	return m.end(Stopped{})
}
