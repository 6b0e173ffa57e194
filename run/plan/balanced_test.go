package plan

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// At any point two classes were dealt alike often, but for one, and two rows of a class too; and within a pass over a class
// no row twice. The counts here know nothing of blocks and passes.
func TestClassesAreDealtAlikeOften(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 25), 1, 5).Draw(rt, "rows of each class")
		var classes []int32
		for class, n := range sizes {
			classes = append(classes, slices.Repeat([]int32{int32(3 * class)}, n)...)
		}
		classes = rapid.Permutation(classes).Draw(rt, "classes")
		tasks := []Task{{Name: "rare", Size: len(classes), Classes: classes}, {Name: "plain", Size: 7}}
		set := Settings{
			Epochs: rapid.Float64Range(0.5, 6).Draw(rt, "epochs"), Batch: rapid.IntRange(1, 20).Draw(rt, "batch"),
			SamplingExponent: 1, Seed: rapid.Uint64().Draw(rt, "seed"),
		}
		s := stageOf(rt, tasks, set)
		byClass, byRow := map[int32]int{}, make([]int, len(classes))
		passes := map[[2]int]bool{}
		plain := map[[2]int]bool{}
		for n := range s.Steps() {
			step, err := s.Step(n)
			if err != nil {
				rt.Fatal(err)
			}
			for _, d := range step.Examples {
				key := [2]int{d.Index, d.Epoch}
				if d.Task == 1 {
					if plain[key] {
						rt.Fatalf("row %d of the other task twice in epoch %d", d.Index, d.Epoch)
					}
					plain[key] = true
					continue
				}
				if passes[key] {
					rt.Fatalf("row %d twice in pass %d", d.Index, d.Epoch)
				}
				passes[key] = true
				byRow[d.Index]++
				byClass[classes[d.Index]]++
				var least, most = 1 << 30, 0
				for class := range sizes {
					least, most = min(least, byClass[int32(3*class)]), max(most, byClass[int32(3*class)])
				}
				if most-least > 1 {
					rt.Fatalf("classes were dealt %v", byClass)
				}
				for i, n := range byRow {
					if classes[i] == classes[d.Index] && max(n-byRow[d.Index], byRow[d.Index]-n) > 1 {
						rt.Fatalf("rows of class %d were dealt %v", classes[i], byRow)
					}
				}
			}
		}
		// The same steps in any order.
		again := stageOf(rt, tasks, set)
		n := rapid.IntRange(0, s.Steps()-1).Draw(rt, "step")
		want, err := s.Step(n)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := again.Step(n); err != nil || cmp.Diff(want, got) != "" {
			rt.Fatalf("step %d: %s (%v)", n, cmp.Diff(want, got), err)
		}
	})
}

func TestClassesOfOtherRows(t *testing.T) {
	if _, err := NewStage([]Task{{Name: "a", Size: 3, Classes: []int32{0, 1}}}, Settings{Epochs: 1, Batch: 2}); !errors.Is(err, ErrNothingToPlan) {
		t.Errorf("two classes of three rows: %v", err)
	}
}
