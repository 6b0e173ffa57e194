package plan

import (
	"ringmaster/config"
	"ringmaster/model/weights"
)

// LoRA is how a run's stages adapt an encoder.
func LoRA(train config.Train) weights.LoRA {
	l := weights.LoRA{Rank: train.LoRA.Rank, Alpha: train.LoRA.Alpha}
	if l.Alpha == 0 {
		l.Alpha = 2 * float64(l.Rank)
	}
	return l
}
