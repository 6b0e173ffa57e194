package rundir

import "time"

// Event is a line of events.jsonl: what a committed step was and what came of it.
type Event struct {
	// Stage names the phase: "teacher/empathy", "student". Step counts from 0 in it, up to Total-1.
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	Total int    `json:"total"`
	// Generation numbers the ring's membership, World is its number of ranks.
	Generation uint64 `json:"generation"`
	World      int    `json:"world"`
	// Lambda is the share of the gold labels in the targets, LR the learning rate.
	Lambda float64 `json:"lambda"`
	LR     float64 `json:"lr"`
	// Loss is the mean loss of the step's examples of each task, in nats; Examples is
	// how many there were. A task that was not dealt in the step is in neither.
	Loss     map[string]float64 `json:"loss"`
	Examples map[string]int     `json:"examples"`
	// GradNorm is the global gradient norm before clipping.
	GradNorm float64 `json:"grad_norm"`
	// Seconds is how long the slowest rank took, from its order to its report;
	// RingSeconds is the longest that a rank spent in the all-reduce.
	Seconds     float64 `json:"seconds"`
	RingSeconds float64 `json:"ring_seconds"`
	// Time is when the step was committed.
	Time time.Time `json:"time"`
}
