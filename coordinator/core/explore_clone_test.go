package core

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// clone returns a machine that shares nothing with m that Apply may change.
func (m *Machine) clone() *Machine {
	c := *m
	c.members = make(map[WorkerID]*member, len(m.members))
	for w, known := range m.members {
		copied := *known
		c.members[w] = &copied
	}
	c.order = slices.Clone(m.order)
	c.train = m.train.clone()
	c.infer.returned = slices.Clone(m.infer.returned)
	c.infer.holder = maps.Clone(m.infer.holder)
	if m.origin != nil {
		from := *m.origin
		c.origin = &from
	}
	return &c
}

func (t training) clone() training {
	t.ring, t.before = slices.Clone(t.ring), slices.Clone(t.before)
	t.answered, t.states, t.active, t.applied = maps.Clone(t.answered), maps.Clone(t.states), t.active.clone(), maps.Clone(t.applied)
	t.hashes, t.suspects, t.blame = maps.Clone(t.hashes), maps.Clone(t.suspects), maps.Clone(t.blame)
	dealt := t.dealt
	if dealt != nil {
		t.dealt = make(map[int]*deal, len(dealt))
	}
	for step, d := range dealt {
		t.dealt[step] = &deal{d.generation, d.quorum, maps.Clone(d.reports), d.reported}
	}
	return t
}

// clone shares only what is never changed in place.
func (a activeSet) clone() activeSet {
	a.is = maps.Clone(a.is)
	return a
}

// A field that is added wants a line in clone and one in key, which only a person can
// write; then its number goes here.
func TestCloneKnowsEveryField(t *testing.T) {
	for _, c := range []struct {
		of     any
		fields int
	}{
		{Machine{}, 28}, {member{}, 11}, {training{}, 16}, {deal{}, 4}, {activeSet{}, 4}, {report{}, 2}, {inference{}, 3}, {ResumePoint{}, 6}, {StateID{}, 2},
	} {
		typ := reflect.TypeOf(c.of)
		if typ.NumField() != c.fields {
			t.Errorf("%s has %d fields, and clone and key of the exploration know %d", typ, typ.NumField(), c.fields)
		}
	}
}
