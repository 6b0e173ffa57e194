package statistics_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/reproduce/statistics"
)

// summed is the same system, scored by sums: hits, and rows that are or are called class 1.
func summed(s statistics.System) statistics.System {
	sums := statistics.System{Width: 2, Sums: func(sums []float64) float64 {
		if sums[0] == 0 {
			return 0
		}
		return 2 * sums[0] / sums[1]
	}}
	for _, r := range s.Runs {
		run := statistics.Run{Rows: r.Rows}
		for i := range r.Rows {
			run.Terms = append(run.Terms, []float64{float64(r.Gold[i] * r.Predicted[i]), float64(r.Gold[i] + r.Predicted[i])})
		}
		sums.Runs = append(sums.Runs, run)
	}
	return sums
}

// A score by sums has the intervals and p-values of the same score by counts.
func TestSumsAndCountsAgree(t *testing.T) {
	o := statistics.Defaults()
	o.Replicates = 2000
	for i, c := range readReference(t).Cases {
		a, b := systemOf(c.Gold, c.A), systemOf(c.Gold, c.B)
		want, err := statistics.Compare(a, b, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := statistics.Compare(summed(a), summed(b), o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(x, y float64) bool { return math.Abs(x-y) < 1e-12 })); diff != "" {
			t.Errorf("case %d (-counts +sums):\n%s", i, diff)
		}
		p, exact, err := statistics.Exchange(summed(a), summed(b), o)
		if err != nil {
			t.Fatal(err)
		}
		// Rows that count alike in the sums are alike, so fewer may differ; where all exchanges are gone through, the
		// p-value is the same.
		if near, counted, err := statistics.Exchange(a, b, o); err != nil || exact && counted && math.Abs(p-near) > 1e-12 || math.Abs(p-near) > 0.05 {
			t.Errorf("case %d: exchange %v, want %v (%v)", i, p, near, err)
		}
	}
}

func TestTermsThatDoNotFit(t *testing.T) {
	s := statistics.System{Width: 2, Sums: func([]float64) float64 { return 0 }, Runs: []statistics.Run{{Rows: []int{1}, Terms: [][]float64{{1}}}}}
	if err := s.Check(); !errors.Is(err, statistics.ErrNotPaired) {
		t.Errorf("one term in place of two: %v", err)
	}
}
