package core

import "slices"

// Awaited is a kind of thing that a machine may wait for.
type Awaited int

// What a machine waits for.
const (
	Nothing          Awaited = iota // the run is over
	Workers                         // more of them, to begin or to go on
	Preparation                     // the shell, to say what a stage consists of
	Models                          // members, to load the stage's model
	Links                           // members, to open the links of a ring
	Steps                           // members, to report a step
	InferenceBatches                // members, to report batches
	Handover                        // a member, to hand the stage's model over
)

// Waiting is what a machine waits for at a moment.
type Waiting struct {
	For   Awaited
	Stage int
	// From are the members that are waited for, in order of joining; none for Workers and
	// Preparation.
	From []WorkerID
	// Done is how many workers are there, or how many units of the stage are committed; Of
	// is how many that has to be for the wait to end, or the number of units.
	Done, Of int
	// Generation is the last number given out. Where it and Done are as they were, nothing
	// has come of the wait.
	Generation uint64
	// Paused: the run has begun, and too few workers are left to go on.
	Paused bool
}

// Waiting says what the machine waits for.
func (m *Machine) Waiting() Waiting {
	w := Waiting{Stage: m.stage, Done: m.committed.Applied, Of: m.units, Generation: m.generation}
	switch m.phase {
	case gathering:
		w.For, w.Done, w.Of = Workers, m.participants(), m.cfg.Workers
	case paused:
		w.For, w.Done, w.Of, w.Paused = Workers, len(m.able()), m.cfg.Min, true
	case preparing:
		w.For = Preparation
	case loading:
		w.For = Models
		w.From = m.which(func(_ WorkerID, known *member) bool { return !known.spare && !known.leaving && !known.loaded })
	case linking:
		w.For = Links
		w.From = m.which(func(id WorkerID, _ *member) bool {
			return m.train.onRing(id) && !m.train.answered[id]
		})
	case working:
		w.For, w.From = m.working()
	case saving:
		w.For = Handover
		w.From = m.which(func(id WorkerID, _ *member) bool { return id == m.train.saver }) // none between two attempts
	}
	return w
}

// working is what a stage's work waits for: reports of the next step or of batches; where a
// ring is broken, a sign of life of those that are held at fault.
func (m *Machine) working() (Awaited, []WorkerID) {
	t := &m.train
	if m.kind == Infer {
		return InferenceBatches, m.which(func(id WorkerID, _ *member) bool {
			return slices.Contains(values(m.infer.holder), id)
		})
	}
	if len(t.suspects) > 0 {
		return Links, m.which(func(id WorkerID, _ *member) bool { _, is := t.suspects[id]; return is })
	}
	d := t.dealt[m.committed.Applied]
	if d == nil {
		return Steps, nil
	}
	return Steps, m.which(func(id WorkerID, _ *member) bool {
		_, reported := d.reports[id]
		return slices.Contains(d.quorum, id) && !reported
	})
}

// which are the members of a kind, in order of joining.
func (m *Machine) which(is func(WorkerID, *member) bool) (all []WorkerID) {
	for _, id := range m.order {
		if is(id, m.members[id]) {
			all = append(all, id)
		}
	}
	return all
}
