package plan_test

import (
	"fmt"

	"ringmaster/run/plan"
)

// A stage of annealed distillation: what each global step is, whoever computes it.
func ExampleStage() {
	stage, err := plan.NewStage(
		[]plan.Task{{Name: "empathy", Size: 6}, {Name: "sentiment", Size: 6}},
		plan.Settings{Epochs: 1, Batch: 4, LR: 1e-4, SamplingExponent: 0.75, Seed: 1, Targets: plan.Annealed},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range stage.Steps() {
		step, err := stage.Step(n)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("step %d: λ %.1f, learning rate %.1e, %d examples\n", n, step.Lambda, step.LR, len(step.Examples))
	}
	// Output:
	// step 0: λ 0.0, learning rate 1.0e-04, 4 examples
	// step 1: λ 0.5, learning rate 6.7e-05, 4 examples
	// step 2: λ 1.0, learning rate 3.3e-05, 4 examples
}

// Four texts of these lengths, in tokens, shared by two ranks.
func ExampleDeal() {
	for rank, examples := range plan.Deal([]int{12, 60, 48, 9}, 2) {
		fmt.Println("rank", rank, "computes examples", examples)
	}
	// Output:
	// rank 0 computes examples [1 3]
	// rank 1 computes examples [2 0]
}
