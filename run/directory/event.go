package directory

import "time"

// Event is a line of events.jsonl: what a committed step was and what came of it.
type Event struct {
	// Stage names the phase: "teacher/empathy", "student". Step counts from 0 in it, up to Total-1.
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	// Lost: the step was committed and its line is lost; of the rest nothing is known.
	Lost  bool `json:"lost,omitempty"`
	Total int  `json:"total"`
	// Generation numbers the ring's membership, World is its number of ranks.
	Generation uint64 `json:"generation"`
	World      int    `json:"world"`
	// Settled is the newest generation when the step was committed, where that is not its own:
	// what a coordinator that goes on must know to tell whose state has the step.
	Settled uint64 `json:"settled,omitempty"`
	// Lambda is the share of the gold labels in the targets, LR the learning rate.
	Lambda float64 `json:"lambda"`
	LR     float64 `json:"lr"`
	// Loss is the mean loss of the step's examples of each task, in nats; Examples is
	// how many there were. A task that was not dealt in the step is in neither.
	Loss     map[string]float64 `json:"loss"`
	Examples map[string]int     `json:"examples"`
	// Masked is, in a pretraining, the number of masked positions, which Loss then is the
	// mean of.
	Masked int `json:"masked,omitempty"`
	// Skipped: loss or gradient was not finite, and the step counted without an update.
	// SkippedSteps is how many of the stage's steps did so far, this one among them.
	Skipped      bool `json:"skipped,omitempty"`
	SkippedSteps int  `json:"skipped_steps,omitempty"`
	// Validation is the score of the state before the step, where it was measured.
	Validation *Validation `json:"validation,omitempty"`
	// GradNorm is the global gradient norm before clipping.
	GradNorm float64 `json:"grad_norm"`
	// Hash is that of the parameters after the step, where the ranks were asked for it.
	Hash string `json:"hash,omitempty"`
	// Seconds is how long the slowest rank took, from its order to its report;
	// RingSeconds is how long its ring was busy: Timeline's two parts of it together.
	Seconds     float64 `json:"seconds"`
	RingSeconds float64 `json:"ring_seconds"`
	// Timeline is what the slowest rank's time went into.
	Timeline Timeline `json:"timeline"`
	// RingBytes is what all ranks together sent, messages with their headers; DenseBytes
	// is what it would have been with every row of the word embeddings.
	RingBytes  uint64 `json:"ring_bytes"`
	DenseBytes uint64 `json:"dense_bytes"`
	// Time is when the step was committed.
	Time time.Time `json:"time"`
}

// Validation is a state's score on the validation rows of the stage's target.
type Validation struct {
	Steps int    `json:"steps"` // in the state
	Task  string `json:"task"`
	// F1 is the score, of whatever measure.
	F1 float64 `json:"f1"`
	// Measure says what the score is (metrics.Scores.Main); empty is F1.
	Measure string `json:"measure,omitempty"`
	Rows    int    `json:"rows"`
}

// MeasureName is a measure as Validation has it.
func MeasureName(measure string) string {
	if measure == "F1" {
		return ""
	}
	return measure
}

// Timeline is what a step's time went into on one rank, the step's slowest, in seconds.
// All numbers are that rank's, so that forward, backward, ring_exposed and optimiser
// add up to its step but for what lies between them; ring_hidden runs beside backward.
type Timeline struct {
	Rank     int     `json:"rank"`
	Forward  float64 `json:"forward"`
	Backward float64 `json:"backward"`
	// RingHidden is how long the ring was busy while gradients were still computed,
	// RingExposed how long the rank then waited for it.
	RingHidden  float64 `json:"ring_hidden"`
	RingExposed float64 `json:"ring_exposed"`
	Optimiser   float64 `json:"optimiser"`
}
