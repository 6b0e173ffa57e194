package core

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// barredFor is how long a worker is kept out whose links failed again and again, and blamed
// is how often that is without a step committed in between. One that is to be kept out for
// the timesBarred-th time without having taken part in a step is ended: it would come and go for ever.
const (
	barredFor   = 10 * time.Second
	blamed      = 3
	timesBarred = 3
)

// broken notes that a ring is of no use any more. Whether the worker that is held at fault
// lives decides who is in the next one, so it is asked first: one that is gone would make
// that ring fail too.
func (m *Machine) broken(e Broken) []Decision {
	t := &m.train
	if m.kind != Train || (m.phase != linking && m.phase != working) || m.members[e.Worker] == nil {
		return nil
	}
	ring := t.ring
	if e.Generation != m.generation {
		if !slices.ContainsFunc(values(t.dealt), func(d *deal) bool { return d.generation == e.Generation }) {
			return nil
		}
		ring = t.before
	}
	if !slices.Contains(ring, e.Worker) {
		return nil
	}
	t.broken = max(t.broken, e.Generation)
	cause := &WorkerError{Worker: e.Worker, Rank: slices.Index(ring, e.Worker), Kind: ErrRingLinks, Reason: e.Reason}
	if e.Rank == cause.Rank {
		cause.Kind = ErrOwnLinks
		if len(m.able()) > m.cfg.Min {
			// That would not change in the next ring. It has to join again, and to show that its links work.
			return m.lost(e.Worker, ErrOwnLinks, e.Reason)
		}
	}
	if e.Rank >= 0 && e.Rank < len(ring) && ring[e.Rank] != e.Worker {
		accused := ring[e.Rank]
		cause = &WorkerError{Worker: accused, Rank: e.Rank, Kind: ErrRingLinks,
			Reason: fmt.Sprintf("rank %d (worker %s) says: %s", slices.Index(ring, e.Worker), e.Worker, e.Reason)}
		if m.members[accused] != nil {
			if _, already := t.suspects[accused]; already {
				return nil
			}
			if t.suspects == nil {
				t.suspects = map[WorkerID]time.Time{}
			}
			t.suspects[accused] = e.At
			m.lastLoss = cause
			return []Decision{Ping{accused}}
		}
	}
	if len(t.suspects) > 0 {
		return nil
	}
	return m.relink(cause)
}

// unreached notes that a worker cannot join since it does not reach a member. One that has died
// keeps all others off, so it is asked for a sign of life, as one is that breaks a ring.
func (m *Machine) unreached(e Unreached) []Decision {
	known := m.members[e.Worker]
	if known == nil {
		return nil
	}
	known.unreached = e.At
	return []Decision{Ping{e.Worker}}
}

// clearSuspicion clears a suspect that was heard after the accusation, or is no member any more.
func (m *Machine) clearSuspicion(w WorkerID, at time.Time) []Decision {
	t := &m.train
	since, suspect := t.suspects[w]
	if !suspect || (m.members[w] != nil && !at.After(since)) {
		return nil
	}
	delete(t.suspects, w)
	var out []Decision
	if m.members[w] != nil {
		if t.blame == nil {
			t.blame = map[WorkerID]int{}
		}
		t.blame[w]++
		if t.blame[w] >= blamed && len(m.able()) > m.cfg.Min {
			t.blame[w] = 0
			out = m.bar(w, at)
		}
	}
	if t.broken == 0 || len(t.suspects) > 0 {
		return out
	}
	return append(out, m.relink(m.lastLoss)...)
}

// bar keeps a worker out for a while, or ends it.
func (m *Machine) bar(w WorkerID, at time.Time) []Decision {
	known := m.members[w]
	cause := &WorkerError{Worker: w, Rank: m.rank(w), Kind: ErrRingLinks, Reason: "its links failed repeatedly"}
	var last *WorkerError
	if errors.As(m.lastLoss, &last) && last.Worker == w {
		cause = last
	}
	if known.timesBarred++; known.timesBarred >= timesBarred {
		m.remove(w)
		return append([]Decision{Evict{w, cause}}, m.promote()...)
	}
	known.spare, known.barred = true, at.Add(barredFor)
	return []Decision{Barred{w, cause, barredFor}}
}

// recall has spares take part that hold a state of the stage, barred or not, even if there
// are more than Config.Max then: the others hold none.
func (m *Machine) recall() {
	for _, known := range m.members {
		if known.spare && known.loaded && known.begun == m.beginGeneration {
			known.spare, known.barred = false, time.Time{}
		}
	}
}

// relink forms the ring anew after it broke.
func (m *Machine) relink(cause error) []Decision {
	out := []Decision{RingBroken{m.generation, cause}}
	if end := m.setback(cause); end != nil {
		return append(out, end...)
	}
	return append(out, m.reform(true)...)
}

func values[K comparable, V any](all map[K]V) []V {
	var list []V
	for _, v := range all {
		list = append(list, v)
	}
	return list
}

// unanimous says whether all who reported a step have one hash, and which.
func (d *deal) unanimous() (hash string, same bool) {
	if len(d.quorum) == 0 {
		return "", false
	}
	hash = d.reports[d.quorum[0]].hash
	for _, r := range d.reports {
		if r.hash != hash {
			return "", false
		}
	}
	return hash, true
}

// odd are the workers whose hash of a step is not that of most of those who must report
// it; tied says that there is no most.
func (d *deal) odd() (odd []WorkerID, common string, tied bool) {
	if first, same := d.unanimous(); same { // so it is at almost every step
		return nil, first, false
	}
	count := map[string]int{}
	for _, w := range d.quorum {
		if r, reported := d.reports[w]; reported {
			count[r.hash]++
		}
	}
	for _, w := range d.quorum { // in order, so that equals are judged alike every time
		if h := d.reports[w].hash; count[h] > count[common] {
			common = h
		}
	}
	for h, n := range count {
		if h != common && n == count[common] {
			tied = true
		}
	}
	for w, r := range d.reports {
		if r.hash != common && r.hash != "" && common != "" {
			odd = append(odd, w)
		}
	}
	slices.Sort(odd)
	return odd, common, tied
}
