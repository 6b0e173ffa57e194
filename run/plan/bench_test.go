package plan_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"ringmaster/run/plan"
)

// BenchmarkStep is what one global step takes to plan, of tasks of many rows.
func BenchmarkStep(b *testing.B) {
	for _, rows := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) { benchmarkSteps(b, rows, 32, 0) })
	}
}

// BenchmarkStepOfRanks plans a step and deals it to the ranks, 8 texts each.
func BenchmarkStepOfRanks(b *testing.B) {
	for _, world := range []int{4, 100, 1000} {
		b.Run(fmt.Sprintf("ranks=%d", world), func(b *testing.B) { benchmarkSteps(b, 1_000_000, 8*world, world) })
	}
}

func benchmarkSteps(b *testing.B, rows, batch, world int) {
	stage, err := plan.NewStage(
		[]plan.Task{{Name: "empathy", Size: rows / 10}, {Name: "sentiment", Size: rows}, {Name: "emotion", Size: rows / 2}},
		plan.Settings{Epochs: 1, Batch: batch, LR: 1e-4, SamplingExponent: 0.75, Seed: 1, Targets: plan.Annealed},
	)
	if err != nil {
		b.Fatal(err)
	}
	lengths := drawnLengths(batch)
	for n := 0; b.Loop(); n = (n + 1) % stage.Steps() {
		step, err := stage.Step(n)
		if err != nil {
			b.Fatal(err)
		}
		if world > 0 {
			plan.Deal(lengths[:len(step.Examples)], world)
		}
	}
}

func drawnLengths(n int) []int {
	random := rand.New(rand.NewPCG(1, 2))
	lengths := make([]int, n)
	for i := range lengths {
		lengths[i] = 8 + random.IntN(120)
	}
	return lengths
}

// BenchmarkDeal shares a global batch out to the ranks by length.
func BenchmarkDeal(b *testing.B) {
	for _, world := range []int{4, 1000} {
		b.Run(fmt.Sprintf("ranks=%d", world), func(b *testing.B) {
			lengths := drawnLengths(8 * world)
			for b.Loop() {
				plan.Deal(lengths, world)
			}
		})
	}
}
