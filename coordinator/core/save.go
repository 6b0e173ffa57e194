package core

import (
	"fmt"
	"time"
)

// save has one of those who hold the state hand the model over.
func (m *Machine) save() []Decision {
	var holders []WorkerID
	for _, w := range m.train.ring {
		if m.members[w] != nil && m.train.active.has(w) && m.train.applied[w] == m.committed.Applied {
			holders = append(holders, w)
		}
	}
	if len(holders) == 0 { // one that fetched the state may have it by now
		var out []Decision
		if begin := m.load(0); len(begin.Members) > 0 { // they came while the model was saved
			out = append(out, begin)
		}
		return append(out, m.reform(true)...)
	}
	m.phase = saving
	saver := holders[m.train.notSaved%len(holders)]
	m.train.saver = saver
	return []Decision{Save{m.stage, saver, holders, m.committed.Applied, m.committed.Applied == m.units}}
}

// notSaved has the model saved again after a while, by another of those who hold it where
// there is one. What fails may come right again: a full disk is made room on.
func (m *Machine) notSaved(e NotSaved) []Decision {
	t := &m.train
	if m.phase != saving || e.Stage != m.stage || e.Worker != t.saver {
		return nil
	}
	m.lastLoss = &WorkerError{Worker: e.Worker, Rank: m.rank(e.Worker), Kind: ErrNotSaved, Reason: e.Reason}
	if t.notSaved++; t.notSaved >= max(m.cfg.Saves, 1) {
		return m.abort(fmt.Errorf("%w (%d attempts)", m.lastLoss, t.notSaved))
	}
	t.saver, t.saveAt = "", e.At.Add(savePause<<(t.notSaved-1))
	return []Decision{SaveLater{m.stage, m.lastLoss, t.saveAt.Sub(e.At)}}
}

// savePause is how long the first attempt to save is behind when the second is made; each
// one after that waits twice as long.
const savePause = time.Second

// saveAgain makes the next attempt when its time has come.
func (m *Machine) saveAgain(now time.Time) []Decision {
	if m.phase != saving || m.train.saver != "" || now.Before(m.train.saveAt) {
		return nil
	}
	return m.save()
}

// saveOnAnother asks anew when one that was asked is gone: the worker that was to hand the
// model over, or, where the stage was stopped, any of those that keep its state.
func (m *Machine) saveOnAnother(gone WorkerID) []Decision {
	if m.train.saver != gone && (m.committed.Applied == m.units || m.train.applied[gone] != m.committed.Applied) {
		return nil
	}
	return m.save()
}

func (m *Machine) saved(e Saved) []Decision {
	if m.phase != saving || e.Stage != m.stage {
		return nil
	}
	var out []Decision
	m.train.saver, m.train.notSaved = "", 0
	for _, w := range m.order {
		if m.members[w].asked {
			out = append(out, m.release(w)...)
		}
	}
	return append(out, m.complete(m.committed.Applied == m.units)...)
}
