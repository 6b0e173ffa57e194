package metrics_test

import (
	"testing"

	"ringmaster/run/metrics"
)

func TestScoresSayWhatTheyAre(t *testing.T) {
	for _, tc := range []struct {
		name       string
		classes    []string
		gold, said []int
		untaught   []string
		definition string
		warning    string
	}{
		{
			"all classes occur", []string{"no", "yes"}, []int{0, 1}, []int{0, 1}, nil,
			`class "yes"`, "",
		},
		{
			"a declared class without rows", []string{"no", "yes", "other"}, []int{0, 1}, []int{0, 1}, []string{"other"},
			`macro average over 3 of 3 classes; class "other" has no rows in test; class "other" has no rows in training`,
			`class "other" has no rows in test; "other" never predicted; 0/0 counts as 0`,
		},
		{
			"the positive class without rows", []string{"none", "empathy"}, []int{0, 0}, []int{0, 0}, nil,
			`class "empathy"; class "empathy" has no rows in test`,
			`class "empathy" has no rows in test; every row is of class "none", so always predicting it has an accuracy of 100%; "empathy" never predicted; 0/0 counts as 0`,
		},
		{
			"several", []string{"a", "b", "c", "d"}, []int{0, 1}, []int{0, 2}, nil,
			`macro average over 4 of 4 classes; classes "c", "d" have no rows in test`,
			`classes "c", "d" have no rows in test; "b", "d" never predicted; 0/0 counts as 0`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := metrics.FromPredictions(tc.classes, tc.gold, tc.said)
			if err != nil {
				t.Fatal(err)
			}
			s := c.Scores()
			s.Untaught = tc.untaught
			if got := s.Definition("test"); got != tc.definition {
				t.Errorf("got  %s\nwant %s", got, tc.definition)
			}
			if got := s.Warning("test"); got != tc.warning {
				t.Errorf("got  %s\nwant %s", got, tc.warning)
			}
		})
	}
}
