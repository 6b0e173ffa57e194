package coordinator

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/coordinator/job"
	"ringmaster/run/plan"
)

func TestLongestTexts(t *testing.T) {
	task := func(lengths ...int) *job.Task {
		var rows []job.Row
		for _, n := range lengths {
			rows = append(rows, job.Row{IDs: make([]int32, n)})
		}
		return &job.Task{Train: job.RowsOf(rows)}
	}
	for name, c := range map[string]struct {
		tasks []*job.Task
		batch int
		want  []int
	}{
		"of two tasks":           {[]*job.Task{task(3, 9, 4), task(7, 2)}, 3, []int{9, 9, 7}},
		"as long":                {[]*job.Task{task(5, 5, 5, 2)}, 2, []int{5, 5}},
		"more than there are":    {[]*job.Task{task(6, 3)}, 5, []int{6, 6, 6, 3, 3}},
		"a single one":           {[]*job.Task{task(3, 6)}, 1, []int{6}},
		"a task without any row": {[]*job.Task{task(), task(4)}, 1, []int{4}},
		"no row at all":          {[]*job.Task{task()}, 4, nil},
	} {
		if got := longestTexts(c.tasks, c.batch); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// No batch of a plan has a text that is longer than the one in its place, and workers are told so.
func TestNoBatchIsLarger(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 20), 1, 3).Draw(rt, "sizes")
		s := stageOf(rt, sizes, plan.Settings{Epochs: 3, Batch: rapid.IntRange(1, 12).Draw(rt, "batch"), SamplingExponent: 1, Seed: 5})
		begin, steps, err := s.prepare()
		if err != nil {
			rt.Fatal(err)
		}
		if len(begin.Longest) != s.settings.Batch {
			rt.Fatalf("%d lengths for a batch of %d", len(begin.Longest), s.settings.Batch)
		}
		for n := range steps {
			step, err := s.step(n)
			if err != nil {
				rt.Fatal(err)
			}
			var lengths []int
			for _, d := range step.Examples {
				lengths = append(lengths, s.tasks[d.Task].Train.Size(d.Index))
			}
			slices.Sort(lengths)
			slices.Reverse(lengths)
			for i, length := range lengths {
				if length > begin.Longest[i] {
					rt.Fatalf("step %d has texts of %v tokens, %v were announced", n, lengths, begin.Longest)
				}
			}
		}
	})
}
