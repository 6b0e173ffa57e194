package coordinator

import (
	"strings"
	"testing"

	"ringmaster/config"
)

func TestSkippedStepsHaveABound(t *testing.T) {
	train := config.Train{MaxSkipped: 0.1, MaxSkippedInARow: 10}
	for _, tc := range []struct {
		name  string
		units int
		steps string // s: skipped, .: not
		at    int    // the step after which it is too many; −1: never
		says  string
	}{
		{"none", 40, strings.Repeat(".", 40), -1, ""},
		{"ten in a row", 1000, "...." + strings.Repeat("s", 20), 13, "10 steps in a row, from step 4"},
		{"nine in a row, again and again", 1000, strings.Repeat("sssssssss.", 11), -1, ""},
		{"a share", 100, strings.Repeat("s.", 20), 20, "11 of the stage's 100 steps"},
		{"five of a short stage", 6, "sssss.", -1, ""},
		{"six of a short stage", 8, "sss.sss", 6, "6 of the stage's 8 steps"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s skipped
			at, why := -1, ""
			for step, c := range tc.steps {
				s.add(step, c == 's')
				if why = s.tooMany(train, tc.units); why != "" {
					at = step
					break
				}
			}
			if at != tc.at || !strings.Contains(why, tc.says) {
				t.Errorf("too many after step %d (%s), want %d (%s)", at, why, tc.at, tc.says)
			}
		})
	}
	var s skipped
	for step := range 50 {
		s.add(step, true)
	}
	if why := s.tooMany(config.Train{MaxSkipped: 1}, 50); why != "" {
		t.Errorf("no bound is one: %s", why)
	}
}
