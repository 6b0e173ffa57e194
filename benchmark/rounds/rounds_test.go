package rounds

import (
	"slices"
	"testing"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{4}, Spread{4, 4, 4}},
		{[]float64{9, 1}, Spread{5, 1, 9}},
		{[]float64{5, 1, 3}, Spread{3, 1, 5}},
		{[]float64{8, 2, 4, 100}, Spread{6, 2, 100}},
	} {
		before := slices.Clone(c.values)
		if got := Of(c.values); got != c.want {
			t.Errorf("spread of %v is %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("the values are now %v, they were %v", c.values, before)
		}
	}
}

// The median of the ratios is not the ratio of the medians: a slow round is slow for both.
func TestRatiosAreTakenRoundByRound(t *testing.T) {
	if got := Of(Ratios([]float64{2, 20, 3}, []float64{1, 10, 1})); got != (Spread{2, 2, 3}) {
		t.Errorf("ratios %v, want 2 (2 to 3)", got)
	}
}
