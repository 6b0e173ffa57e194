package core

import (
	"math"
	"testing"
	"time"
)

// A report must not cost more for there being more workers: what a step takes a worker is compared
// between 64 and 1,024 workers of this process. Work that grows with the square of the workers is
// 16 times as much, and no luck with the machine's other load hides that; so the least times are
// compared, and as soon as they agree once the test has its answer.
func TestAStepCostsAWorkerTheSameHoweverManyThereAre(t *testing.T) {
	const few, many, most = 64, 1024, 6
	small, large := startSteps(t, few), startSteps(t, many)
	leastSmall, leastLarge := math.Inf(1), math.Inf(1)
	for range 200 {
		for range many / few {
			leastSmall = min(leastSmall, small()/few)
		}
		leastLarge = min(leastLarge, large()/many)
		if leastLarge < most*leastSmall {
			return
		}
	}
	t.Errorf("a step takes a worker %.0f ns with %d workers and %.0f ns with %d", leastSmall*1e9, few, leastLarge*1e9, many)
}

// startSteps returns what does one global step of so many workers and says how many seconds it took.
func startSteps(t testing.TB, world int) func() float64 {
	m, workers := inTraining(t, world)
	step := 0
	return func() float64 {
		began := time.Now()
		oneStep(t, m, workers, step)
		step++
		return time.Since(began).Seconds()
	}
}
