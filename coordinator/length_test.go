package coordinator

import (
	"slices"
	"testing"

	"ringmaster/run/plan"
)

// A length holds until it was changed; one under which no step was done leaves no trace, and where
// steps were taken back the last one that is left is cut short.
func TestLengthsUntil(t *testing.T) {
	two, three := plan.Length{Epochs: 2}, plan.Length{Epochs: 3}
	until := func(n int, l plan.Length) plan.Length {
		l.Until = n
		return l
	}
	for name, c := range map[string]struct {
		before []plan.Length
		last   plan.Length
		want   []plan.Length
	}{
		"the first":      {nil, until(5, two), []plan.Length{until(5, two)}},
		"one more":       {[]plan.Length{until(5, two)}, until(9, three), []plan.Length{until(5, two), until(9, three)}},
		"no step of it":  {[]plan.Length{until(5, two)}, until(5, three), []plan.Length{until(5, two)}},
		"taken back":     {[]plan.Length{until(5, two), until(9, three)}, until(7, two), []plan.Length{until(5, two), until(7, three)}},
		"to the first":   {[]plan.Length{until(5, two), until(9, three)}, until(3, two), []plan.Length{until(3, two)}},
		"not begun with": {nil, until(0, two), []plan.Length{until(0, two)}},
	} {
		if got := lengthsUntil(c.before, c.last); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
