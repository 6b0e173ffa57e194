package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringmaster/run/directory"
)

// checkExamples holds each step's examples against the plan's.
func (t *trial) checkExamples(s *stage) {
	dealt := map[directory.ExampleID][]int{} // the steps where the plan has an example
	for n, ids := range s.ids {
		for id := range ids {
			dealt[id] = append(dealt[id], n)
		}
	}
	stray := map[directory.ExampleID][]int{} // the steps where the ledger has it and the plan does not
	for _, n := range slices.Sorted(maps.Keys(s.ledger)) {
		for id := range countOf(s.ledger[n]) {
			if s.ids[n][id] == 0 {
				stray[id] = append(stray[id], n)
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(s.ledger)) {
		if s.ledger[n].Lost {
			continue // tellLost did
		}
		got, want := countOf(s.ledger[n]), s.ids[n]
		all := maps.Clone(got)
		maps.Copy(all, want)
		for _, id := range sorted(all) {
			if wrong := s.whyWrong(id, got[id], want[id], dealt[id], stray[id]); wrong != "" {
				t.problem("step %d of %s: %s", n, s.name, wrong)
			}
		}
	}
}

// whyWrong says what is wrong with an example that counts got times in a step where the
// plan has it want times; dealt are the steps of the plan that have it, stray those where
// the ledger has it and the plan does not.
func (s *stage) whyWrong(id directory.ExampleID, got, want int, dealt, stray []int) string {
	switch {
	case got == want:
		return ""
	case want == 0:
		why := s.whyStray(id, dealt)
		if got > 1 {
			why += ", and is used " + times(got)
		}
		return why
	case got > 0:
		return fmt.Sprintf("row %d of %s is used %s, but %s in the plan", id.Row, id.Task, times(got), times(want))
	case len(stray) > 0:
		return fmt.Sprintf("row %d of %s is missing; it is used at %s", id.Row, id.Task, stepList(stray))
	default:
		return fmt.Sprintf("row %d of %s is missing", id.Row, id.Task)
	}
}

// whyStray says what is wrong with an example that the plan has at other steps, or nowhere.
func (s *stage) whyStray(id directory.ExampleID, dealt []int) string {
	switch {
	case s.rows[id.Task] == nil:
		return fmt.Sprintf("%q is not a task of the stage (row %d)", id.Task, id.Row)
	case !s.rows[id.Task][id.Row]:
		return fmt.Sprintf("row %d of %s is not one of its training rows", id.Row, id.Task)
	case len(dealt) == 0:
		return fmt.Sprintf("row %d of %s is extra: it is in none of the run's %s in the plan", id.Row, id.Task, steps(s.reach))
	default:
		return fmt.Sprintf("row %d of %s is at the wrong step: in the plan it is at %s", id.Row, id.Task, stepList(dealt))
	}
}

// sorted lists examples by task and row.
func sorted(ids map[directory.ExampleID]int) []directory.ExampleID {
	return slices.SortedFunc(maps.Keys(ids), func(a, b directory.ExampleID) int {
		return cmp.Or(strings.Compare(a.Task, b.Task), cmp.Compare(a.Row, b.Row))
	})
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

func stepList(steps []int) string {
	if len(steps) == 1 {
		return fmt.Sprintf("step %d", steps[0])
	}
	return "steps " + numbers(steps)
}

// most is how many numbers a sentence lists.
const most = 10

func numbers(list []int) string {
	words := make([]string, 0, most)
	for _, n := range list[:min(most, len(list))] {
		words = append(words, fmt.Sprint(n))
	}
	if len(list) > most {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}
