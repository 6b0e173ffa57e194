package core

// activeSet are the ring's members that hold the state. The list of them changes with the set and
// not with the step, so it is made once after a change and shared by the steps dealt until the next.
type activeSet struct {
	is map[WorkerID]bool

	listed  bool
	workers []WorkerID // in rank order; never changed in place
	ranks   []int
}

func (a *activeSet) has(w WorkerID) bool { return a.is[w] }

func (a *activeSet) add(w WorkerID) {
	if a.is == nil {
		a.is = map[WorkerID]bool{}
	}
	a.is[w], a.listed = true, false
}

func (a *activeSet) remove(w WorkerID) {
	delete(a.is, w)
	a.listed = false
}

// list is who of the ring is active, and at which ranks. Neither slice may be changed.
func (a *activeSet) list(ring []WorkerID) (workers []WorkerID, ranks []int) {
	if !a.listed {
		a.workers, a.ranks, a.listed = nil, nil, true
		for rank, w := range ring {
			if a.is[w] {
				a.workers, a.ranks = append(a.workers, w), append(a.ranks, rank)
			}
		}
	}
	return a.workers, a.ranks
}
