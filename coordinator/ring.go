package coordinator

import (
	"slices"

	"ringmaster/coordinator/core"
)

// ring is the newest ring.
type ring struct {
	generation uint64
	members    []core.WorkerID // by rank
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
