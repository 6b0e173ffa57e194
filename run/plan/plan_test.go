package plan

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLambdaHasExactEnds(t *testing.T) {
	for _, total := range []int{2, 3, 7, 1000, 123457} {
		if got := Lambda(0, total); got != 0 {
			t.Errorf("λ at the first of %d steps is %v, want exactly 0", total, got)
		}
		if got := Lambda(total-1, total); got != 1 {
			t.Errorf("λ at the last of %d steps is %v, want exactly 1", total, got)
		}
	}
	if got := Lambda(0, 1); got != 1 {
		t.Errorf("λ of a single step is %v, want 1", got)
	}
}

func stageOf(t interface{ Fatal(...any) }, tasks []Task, set Settings) *Stage {
	s, err := NewStage(tasks, set)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Within one epoch of a task each of its examples is dealt at most once, and in
// every epoch but the last exactly once.
func TestEachExampleCountsOnceAnEpoch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var tasks []Task
		for i := range rapid.IntRange(1, 4).Draw(rt, "tasks") {
			tasks = append(tasks, Task{Name: string(rune('a' + i)), Size: rapid.IntRange(1, 60).Draw(rt, "size")})
		}
		s := stageOf(rt, tasks, Settings{
			Epochs:           rapid.Float64Range(0.5, 4).Draw(rt, "epochs"),
			Batch:            rapid.IntRange(1, 40).Draw(rt, "batch"),
			SamplingExponent: rapid.Float64Range(0, 1).Draw(rt, "exponent"),
			Seed:             rapid.Uint64().Draw(rt, "seed"),
		})
		type key struct{ task, epoch int }
		seen := map[key]map[int]bool{}
		last := make([]int, len(tasks))
		dealt := 0
		for n := range s.Steps() {
			step, err := s.Step(n)
			if err != nil {
				rt.Fatal(err)
			}
			for _, d := range step.Examples {
				k := key{d.Task, d.Epoch}
				if seen[k] == nil {
					seen[k] = map[int]bool{}
				}
				if seen[k][d.Index] {
					rt.Fatalf("step %d deals %+v a second time", n, d)
				}
				seen[k][d.Index] = true
				last[d.Task] = max(last[d.Task], d.Epoch)
				dealt++
			}
		}
		if dealt != s.segments[0].examples {
			rt.Fatalf("dealt %d examples, want %d", dealt, s.segments[0].examples)
		}
		for k, rows := range seen {
			if k.epoch < last[k.task] && len(rows) != tasks[k.task].Size {
				rt.Fatalf("epoch %d of task %d dealt %d of %d examples", k.epoch, k.task, len(rows), tasks[k.task].Size)
			}
		}
	})
}

func TestStepsAnswerTheSameInAnyOrder(t *testing.T) {
	set := Settings{Epochs: 2, Batch: 7, SamplingExponent: 0.75, Seed: 4, LR: 1, Warmup: 0.1, Targets: Annealed}
	tasks := []Task{{Name: "empathy", Size: 50}, {Name: "emotion", Size: 20}}
	forward := stageOf(t, tasks, set)
	var want []Step
	for n := range forward.Steps() {
		step, _ := forward.Step(n)
		want = append(want, step)
	}
	jumping := stageOf(t, tasks, set)
	for _, n := range []int{19, 3, 3, 0, 11, 10} {
		got, err := jumping.Step(n)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[n], got); diff != "" {
			t.Errorf("step %d (-in order +jumping):\n%s", n, diff)
		}
	}
	if _, err := jumping.Step(20); !errors.Is(err, ErrNoSuchStep) {
		t.Errorf("step past the end: %v", err)
	}
}

// A stored beginning: a change of the stream would change every ledger.
func TestTheOrderIsPinned(t *testing.T) {
	s := stageOf(t, []Task{{Name: "empathy", Size: 10}, {Name: "sentiment", Size: 30}}, Settings{Epochs: 1, Batch: 8, SamplingExponent: 0.75, Seed: 1})
	step, _ := s.Step(0)
	want := []Draw{{1, 6, 0}, {1, 1, 0}, {1, 0, 0}, {1, 13, 0}, {1, 4, 0}, {0, 7, 0}, {1, 11, 0}, {0, 8, 0}}
	if diff := cmp.Diff(want, step.Examples); diff != "" {
		t.Errorf("first batch (-want +got):\n%s", diff)
	}
}

func TestSharesFollowTheSizes(t *testing.T) {
	s := stageOf(t, []Task{{Name: "small", Size: 1000}, {Name: "large", Size: 16000}}, Settings{Epochs: 4, Batch: 32, SamplingExponent: 0.75, Seed: 9})
	if got, want := s.Shares()[1], 8.0/9.0; math.Abs(got-want) > 1e-12 {
		t.Fatalf("share of the large task is %v, want 16^0.75 : 1 = %v", got, want)
	}
	counts := [2]int{}
	for n := range s.Steps() {
		step, _ := s.Step(n)
		for _, d := range step.Examples {
			counts[d.Task]++
		}
	}
	if got := float64(counts[1]) / float64(counts[0]+counts[1]); math.Abs(got-8.0/9.0) > 0.01 {
		t.Errorf("the large task got %.3f of the examples, want about %.3f", got, 8.0/9.0)
	}
}

func TestNothingToPlanIsAnError(t *testing.T) {
	for name, tasks := range map[string][]Task{"no task": nil, "empty task": {{Name: "a", Size: 0}}} {
		if _, err := NewStage(tasks, Settings{Epochs: 1, Batch: 8}); !errors.Is(err, ErrNothingToPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
