package coordinator

import (
	"slices"

	"ringmaster/coordinator/core"
)

// ring is the newest ring.
type ring struct {
	generation uint64
	members    []core.WorkerID // by rank
	// newest is the highest number that was given to a ring or a Begin, in this process or
	// before it; worlds are how many members those of this run had, as far as that is known.
	newest uint64
	worlds map[uint64]int
}

// numbered notes a generation that was given out.
func (r *ring) numbered(generation uint64, members int) {
	r.newest = max(r.newest, generation)
	if r.worlds == nil {
		r.worlds = map[uint64]int{}
	}
	r.worlds[generation] = members
}

// rankOf is a worker's rank, −1 if it has none.
func (r *ring) rankOf(w core.WorkerID) int { return slices.Index(r.members, w) }

// workers are those of the given ranks.
func (r *ring) workers(ranks []int) []core.WorkerID {
	workers := make([]core.WorkerID, len(ranks))
	for i, rank := range ranks {
		workers[i] = r.members[rank]
	}
	return workers
}
