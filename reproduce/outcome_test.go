package reproduce

import (
	"math"
	"testing"

	"ringmaster/run/metrics"
)

// The statistics' quick F1 is the one that metrics computes, of whichever class is positive.
func TestStatisticsScoreThePositiveClass(t *testing.T) {
	counts := [][]int{{7, 2}, {3, 5}}
	for _, positive := range []string{"none", "empathy"} {
		c, err := metrics.FromCounts([]string{"none", "empathy"}, counts)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.JudgeBy(positive); err != nil {
			t.Fatal(err)
		}
		s := system([]outcome{{test: c.Scores()}})
		if got, want := s.Score(counts), c.Scores().F1; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", positive, got, want)
		}
	}
}
