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
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			stage, err := plan.NewStage(
				[]plan.Task{{Name: "empathy", Size: rows / 10}, {Name: "sentiment", Size: rows}, {Name: "emotion", Size: rows / 2}},
				plan.Settings{Epochs: 1, Batch: 32, LR: 1e-4, SamplingExponent: 0.75, Seed: 1, Targets: plan.Annealed},
			)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				if _, err := stage.Step(n); err != nil {
					b.Fatal(err)
				}
				n = (n + 1) % stage.Steps()
			}
		})
	}
}

// BenchmarkDeal shares a global batch out to the ranks by length.
func BenchmarkDeal(b *testing.B) {
	for _, world := range []int{4, 1000} {
		b.Run(fmt.Sprintf("ranks=%d", world), func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			lengths := make([]int, 8*world)
			for i := range lengths {
				lengths[i] = 8 + random.IntN(120)
			}
			for b.Loop() {
				plan.Deal(lengths, world)
			}
		})
	}
}
