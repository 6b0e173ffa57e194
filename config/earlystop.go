package config

// EarlyStop ends the student's training when its score on the target's validation rows has not risen for
// a while. The schedules of the learning rate and of λ stay those of the whole length.
type EarlyStop struct {
	// Patience is how many validations in a row may bring no better score; 0 never ends a training early.
	Patience int `yaml:"patience,omitempty" json:"patience,omitempty"`
	// Every is the number of steps from one validation to the next; 0 is an epoch.
	Every int `yaml:"every,omitempty" json:"every,omitempty"`
	// MinDelta is by how much a score, from 0 to 1, must exceed the best before it to count as better.
	MinDelta float64 `yaml:"min_delta,omitempty" json:"min_delta,omitempty"`
}

func (e EarlyStop) validate(report reporter, r *Run) {
	report.bad(e.Patience < 0, "early_stop.patience", "%d is below 0 (0 never ends a training early)", e.Patience)
	report.bad(e.Every < 0, "early_stop.every", "%d is below 0 (0 validates once per epoch)", e.Every)
	report.tooMuch(e.Patience > maxSteps, "early_stop.patience", e.Patience, maxSteps)
	report.tooMuch(e.Every > maxSteps, "early_stop.every", e.Every, maxSteps)
	report.bad(!(e.MinDelta >= 0 && e.MinDelta <= 1), "early_stop.min_delta", "%v is not in [0, 1]: it is a difference of scores", e.MinDelta)
	report.bad(e.Patience == 0 && (e.Every != 0 || e.MinDelta != 0), "early_stop.patience", "set it above 0, or leave early_stop out: nothing ends early without it")
	report.bad(e.Patience > 0 && r.Method == MaskedLM, "early_stop.patience", "a pretraining has no score on validation rows while it trains: leave early_stop out")
	report.bad(e.Patience > 0 && r.Checkpoint.Every == 0, "early_stop.patience", "scores are measured where checkpoints are written, and checkpoint.every is 0: set it above 0")
}
