package ringbench

import (
	"math"
	"testing"
)

func TestSummarise(t *testing.T) {
	r := Row{Workers: 4, Floats: 1000, Wire: BFloat16}
	r.summarise(rounds{
		ours:  []sample{{3e-6, 9e-6}, {1e-6, 3e-6}, {2e-6, 6e-6}},
		peer:  []sample{{6e-6, 1e-6}, {4e-6, 2e-6}, {3e-6, 3e-6}},
		links: []float64{1e9, 3e9, 2e9},
	})
	for name, v := range map[string][2]float64{
		"seconds":    {r.Seconds, 2e-6},
		"least":      {r.SecondsMin, 1e-6},
		"most":       {r.SecondsMax, 3e-6},
		"GB/s":       {r.GBps, 4 * 1000 / 2e-6 / 1e9}, // of float32, whatever the wire
		"CPU":        {r.CPUSeconds, 6e-6},
		"link":       {r.LinkGBps, 3},
		"bound":      {r.RingBoundShare, 2 * 3. / 4 * 2000 / 3e9 / 2e-6},
		"peer":       {r.PeerSeconds, 4e-6},
		"peer GB/s":  {r.PeerGBps, 1},
		"peer CPU":   {r.PeerCPUSeconds, 2e-6},
		"ratio":      {r.Ratio, 2}, // of 2, 4, 1.5: by round, not of medians' order
		"least of r": {r.RatioMin, 1.5},
		"most of r":  {r.RatioMax, 4},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12*v[1] {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   [3]float64
	}{
		{[]float64{5}, [3]float64{5, 5, 5}},
		{[]float64{4, 1}, [3]float64{2.5, 1, 4}},
		{[]float64{9, 1, 4, 2}, [3]float64{3, 1, 9}},
	} {
		median, least, most := spread(c.values)
		if got := [3]float64{median, least, most}; got != c.want {
			t.Errorf("median, least and most of %v are %v, want %v", c.values, got, c.want)
		}
	}
}
