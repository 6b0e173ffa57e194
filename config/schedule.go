package config

// Schedule is the course of the learning rate after its warm-up, by transformers' names.
type Schedule string

// The schedules.
const (
	// Linear falls linearly to 0. A resolved run leaves it empty: runs, teachers and kept results are
	// known by hashes that older releases made without this key.
	Linear   Schedule = "linear"
	Cosine   Schedule = "cosine"   // falls to 0 along half a cosine
	Constant Schedule = "constant" // stays at its peak
)

// schedules are the values of train.schedule.
var schedules = []Schedule{Linear, Cosine, Constant}

// fillOmitted leaves out what says the same as a key that is absent.
func (t *Train) fillOmitted() {
	if t.Schedule == Linear {
		t.Schedule = ""
	}
	if t.LayerDecay == 1 {
		t.LayerDecay = 0
	}
}
