package straggler

import "fmt"

// Fault is what is slow.
type Fault string

// The faults.
const (
	Compute Fault = "compute"
	Link    Fault = "link"
)

// Finding names a rank that holds the others up. Times is how many times as long as the
// others' median it takes; of a link, Share is the part of the step that it costs.
type Finding struct {
	Worker string
	Rank   int
	Fault  Fault
	Times  float64
	Share  float64
	// Right is the worker at the other end of a slow link, to which data goes, RightRank its rank.
	Right     string
	RightRank int
}

// String is the finding in a person's words.
func (f Finding) String() string {
	if f.Fault == Link {
		return fmt.Sprintf("the link from rank %d (worker %s) to rank %d (worker %s) is slow: it delays the ring by %.0f%% of a step", f.Rank, f.Worker, f.RightRank, f.Right, 100*f.Share)
	}
	return fmt.Sprintf("rank %d (worker %s) is slow: its own work takes %.1f times as long as the others'", f.Rank, f.Worker, f.Times)
}
