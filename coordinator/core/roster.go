package core

import "time"

// Member is what is known of a worker.
type Member struct {
	Worker WorkerID
	// Spare: it waits, since there are enough, or since it is kept out for a while. Leaving: it was
	// asked to go.
	Spare, Leaving bool
	// Rank is its place in the ring that is formed, −1 without one.
	Rank int
	// Able: it has the stage's model and takes part in what is dealt.
	Able  bool
	Heard time.Time // last
}

// Roster lists the members in order of joining.
func (m *Machine) Roster() []Member {
	list := make([]Member, 0, len(m.order))
	for _, id := range m.order {
		known := m.members[id]
		list = append(list, Member{
			Worker: id, Spare: known.spare, Leaving: known.asked || known.leaving, Rank: m.rank(id), Able: m.isAble(id), Heard: known.heard,
		})
	}
	return list
}
