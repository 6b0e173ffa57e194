package plan

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// all asks a plan for all of its steps.
func all(t interface{ Fatal(...any) }, s *Stage) (steps []Step, draws []Draw) {
	for n := range s.Steps() {
		step, err := s.Step(n)
		if err != nil {
			t.Fatal(err)
		}
		steps, draws = append(steps, step), append(draws, step.Examples...)
	}
	return steps, draws
}

// A stage that is given another length deals on where it was: the steps that are done are those of
// the old plan, and the draws, taken together, those of the new one. Each step has the schedules
// of the length that it was dealt under.
func TestAnotherLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks := []Task{{Name: "a", Size: rapid.IntRange(1, 30).Draw(t, "a")}, {Name: "b", Size: rapid.IntRange(1, 30).Draw(t, "b")}}
		old := Settings{Epochs: rapid.Float64Range(0.5, 3).Draw(t, "epochs"), Batch: rapid.IntRange(1, 9).Draw(t, "batch"), LR: 1, Warmup: 0.1, SamplingExponent: 1, Seed: 7, Targets: Annealed}
		before, err := NewStage(tasks, old)
		if err != nil {
			t.Skip()
		}
		done := rapid.IntRange(0, before.Steps()).Draw(t, "done")
		set := old
		set.Epochs += rapid.Float64Range(0.5, 2).Draw(t, "more")
		set.Before = []Length{{Until: done, Epochs: old.Epochs}}
		after, err := NewStage(tasks, set)
		if err != nil {
			t.Fatal(err)
		}
		set.Before = nil
		anew, err := NewStage(tasks, set)
		if err != nil {
			t.Fatal(err)
		}
		oldSteps, _ := all(t, before)
		steps, draws := all(t, after)
		_, want := all(t, anew)
		if !slices.Equal(draws, want) {
			t.Fatalf("%d draws, want the %d of a stage that had that length from the beginning", len(draws), len(want))
		}
		for n, step := range steps {
			total, was := after.Steps(), step
			if n < done {
				total, was = before.Steps(), oldSteps[n]
			}
			if step.Total != total || step.LR != LearningRate("", n, total, 0.1, 1) || step.Lambda != Lambda(n, total) || !slices.Equal(step.Examples, was.Examples) {
				t.Fatalf("step %d of %d, %d done under another length of %d: %+v", n, after.Steps(), done, before.Steps(), step)
			}
		}
		if again, err := after.Step(0); err != nil || !slices.Equal(again.Examples, steps[0].Examples) {
			t.Fatalf("walked back, step 0 is %v (%v)", again, err)
		}
	})
}

// The last batch of a stage that was finished may be short, and stays so.
func TestAnotherLengthAfterTheEnd(t *testing.T) {
	tasks, set := []Task{{Name: "a", Size: 10}}, Settings{Epochs: 2, Batch: 4, LR: 1, Before: []Length{{Until: 3, Epochs: 1}}}
	s, err := NewStage(tasks, set)
	if err != nil {
		t.Fatal(err)
	}
	steps, _ := all(t, s)
	var sizes []int
	for _, step := range steps {
		sizes = append(sizes, len(step.Examples))
	}
	if !slices.Equal(sizes, []int{4, 4, 2, 4, 4, 2}) {
		t.Errorf("batches of %v", sizes)
	}
	set.Before, set.Epochs, set.Steps = []Length{{Until: 2, Epochs: 1}, {Until: 3, Epochs: 3}}, 0, 5
	if s, err = NewStage(tasks, set); err != nil || s.Steps() != 5 {
		t.Errorf("%d steps, %v: 5 were asked for", s.Steps(), err)
	}
}

func TestALengthThatIsBehind(t *testing.T) {
	for name, set := range map[string]Settings{
		"fewer steps":    {Steps: 3, Batch: 4, Before: []Length{{Until: 3, Epochs: 2}}},
		"fewer epochs":   {Epochs: 1, Batch: 4, Before: []Length{{Until: 3, Epochs: 2}}},
		"beyond its end": {Epochs: 9, Batch: 4, Before: []Length{{Until: 6, Epochs: 2}}},
	} {
		if _, err := NewStage([]Task{{Name: "a", Size: 10}}, set); !errors.Is(err, ErrNothingToPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
