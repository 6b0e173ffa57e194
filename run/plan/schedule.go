package plan

import (
	"math"

	"ringmaster/config"
)

// Lambda is the share of the gold labels at a step (0-based) of total steps:
// step/(total−1), so exactly 0 at the first step and exactly 1 at the last. A stage
// of one step has both at once; it learns from gold.
func Lambda(step, total int) float64 {
	if total <= 1 {
		return 1
	}
	return float64(step) / float64(total-1)
}

// LearningRate is the rate at a step (0-based): it rises linearly from 0 over the
// first warmup·total steps to peak, then takes the course of its schedule, which is linear where empty.
// These are transformers' get_linear_, get_cosine_ and get_constant_schedule_with_warmup
// with ceil(warmup·total) warm-up steps. The first two would reach 0 at step total.
func LearningRate(schedule config.Schedule, step, total int, warmup, peak float64) float64 {
	rise := int(math.Ceil(warmup * float64(total)))
	if step < rise {
		return peak * float64(step) / float64(rise)
	}
	if schedule == config.Constant {
		return peak
	}
	if total <= rise {
		return 0
	}
	if schedule == config.Cosine {
		return peak * (1 + math.Cos(math.Pi*float64(step-rise)/float64(total-rise))) / 2
	}
	return peak * float64(total-step) / float64(total-rise)
}
