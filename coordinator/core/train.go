package core

import (
	"fmt"
	"slices"
)

// dealSteps keeps Ahead steps dealt beyond the committed ones.
func (m *Machine) dealSteps() []Decision {
	t := &m.train
	quorum, active := t.active.list(t.ring)
	if t.dealt == nil {
		t.dealt = map[int]*deal{}
	}
	var out []Decision
	for !m.stopping && t.broken == 0 && !m.tooFew() && t.dealtTo < m.gate() && t.dealtTo < m.committed.Applied+max(m.cfg.Ahead, 1) {
		t.dealt[t.dealtTo] = &deal{generation: m.generation, quorum: quorum, reports: make(map[WorkerID]report, len(quorum))}
		out = append(out, DealStep{m.stage, m.generation, t.dealtTo, active, t.catchingUp()})
		t.dealtTo++
	}
	return out
}

// stepDone takes a worker's report of a step.
func (m *Machine) stepDone(e UnitDone) []Decision {
	if m.phase != working && m.phase != linking && m.phase != saving {
		return nil
	}
	t := &m.train
	d := t.dealt[e.Unit]
	if d == nil {
		if e.Unit < m.committed.Applied && e.Generation == m.generation {
			return m.caughtUp(e.Worker, e.Unit, e.Hash)
		}
		return nil
	}
	if d.generation != e.Generation {
		return nil
	}
	d.reports[e.Worker] = report{e.Hash, e.NotFinite}
	return m.commitSteps()
}

// commitSteps commits, in order, the steps that everybody who must has reported.
func (m *Machine) commitSteps() []Decision {
	t := &m.train
	var out []Decision
	for {
		step := m.committed.Applied
		d := t.dealt[step]
		if d == nil || !d.complete() {
			break
		}
		if d.notFinite() {
			return append(out, m.abort(&NotFiniteError{m.stage, step})...)
		}
		odd, common, tied := d.odd()
		if tied {
			return append(out, m.abort(fmt.Errorf("%w after step %d, and no value has a majority: %s", ErrDiverged, step, d.describe(t.ring)))...)
		}
		out = append(out, Commit{m.stage, step, d.witness(common)})
		for w, r := range d.reports {
			if r.hash == common {
				t.applied[w] = step + 1
			}
			if known := m.members[w]; known != nil {
				known.timesBarred = 0
			}
		}
		m.committed, m.settled = StateID{step + 1, d.generation}, m.generation
		m.progress(step + 1)
		t.blame = nil
		delete(t.dealt, step)
		if len(odd) > 0 {
			return append(out, m.evict(odd, step)...)
		}
		m.compareCatchingUp(d, step, common)
	}
	if out == nil {
		return nil
	}
	out = append(out, m.releaseLeaving()...)
	return append(out, m.advance()...)
}

// compareCatchingUp makes those active that are catching up and reported the step's own hash,
// and keeps the hash for those who come to the step later.
func (m *Machine) compareCatchingUp(d *deal, step int, hash string) {
	t := &m.train
	if hash == "" || !t.catchingUp() {
		t.hashes = nil
		return
	}
	for w, r := range d.reports {
		if r.hash == hash && d.generation == m.generation && m.phase == working {
			t.active.add(w)
		}
	}
	if t.hashes == nil {
		t.hashes = map[int]string{}
	}
	t.hashes[step] = hash
}

// caughtUp takes the report of a step that others have behind them from one that is catching up, or
// was when the step was dealt.
func (m *Machine) caughtUp(w WorkerID, step int, hash string) []Decision {
	t := &m.train
	want := t.hashes[step]
	switch {
	case m.phase == linking || !t.onRing(w):
		return nil
	case t.active.has(w):
		t.applied[w] = max(t.applied[w], step+1)
		return nil
	case want == "" || hash == "":
		return nil
	case hash != want && m.phase == working:
		return m.evict([]WorkerID{w}, step)
	case hash != want:
		return nil
	}
	t.active.add(w)
	t.applied[w] = step + 1
	return m.advance()
}

// evict ends workers that hold other parameters than the rest.
func (m *Machine) evict(odd []WorkerID, step int) []Decision {
	var out []Decision
	for _, w := range odd {
		cause := &WorkerError{Worker: w, Rank: m.rank(w), Kind: ErrDiverged, Reason: fmt.Sprintf("seen after step %d", step)}
		out = append(out, Evict{w, cause})
		m.remove(w)
		if end := m.setback(cause); end != nil {
			return append(out, end...)
		}
	}
	out = append(out, m.promote()...)
	return append(out, m.reform(true)...)
}

// complete says whether everybody who must has reported the step. It goes on where it stopped: a
// report is never taken back, and to ask each of the quorum at each report would be quadratic.
func (d *deal) complete() bool {
	for ; d.reported < len(d.quorum); d.reported++ {
		w := d.quorum[d.reported]
		if _, reported := d.reports[w]; !reported {
			return false
		}
	}
	return true
}

func (d *deal) notFinite() bool {
	for _, r := range d.reports {
		if r.notFinite {
			return true
		}
	}
	return false
}

// witness is the first of those who must report the step and have its hash.
func (d *deal) witness(hash string) WorkerID {
	for _, w := range d.quorum {
		if d.reports[w].hash == hash {
			return w
		}
	}
	return d.quorum[0]
}

// describe lists who has which hash.
func (d *deal) describe(ring []WorkerID) string {
	text := ""
	for _, w := range d.quorum {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("rank %d (worker %s) has %.12s", slices.Index(ring, w), w, d.reports[w].hash)
	}
	return text
}
