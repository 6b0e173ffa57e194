package core

import (
	"testing"

	"pgregory.net/rapid"
)

// The generation of the last step goes before the number of steps: a state of a later
// generation is the run's, also where one of an earlier has more steps.
func TestOrderOfMarks(t *testing.T) {
	rising := []StateID{{0, 0}, {5, 0}, {0, 1}, {9, 1}, {3, 2}, {4, 2}, {1, 7}}
	for i, a := range rising {
		for j, b := range rising {
			if got := a.Before(b); got != (i < j) {
				t.Errorf("%+v before %+v: %v", a, b, got)
			}
		}
	}
}

// Of two states that differ exactly one is before the other, and of three the order is one.
func TestMarksAreInOneOrder(t *testing.T) {
	state := rapid.Custom(func(t *rapid.T) StateID {
		return StateID{rapid.IntRange(0, 3).Draw(t, "applied"), rapid.Uint64Range(0, 3).Draw(t, "lineage")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := state.Draw(t, "a"), state.Draw(t, "b"), state.Draw(t, "c")
		if a == b && (a.Before(b) || b.Before(a)) || a != b && a.Before(b) == b.Before(a) {
			t.Fatal("two states")
		}
		if a.Before(b) && b.Before(c) && !a.Before(c) {
			t.Fatal("three states")
		}
	})
}
