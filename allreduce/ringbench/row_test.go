package ringbench

import (
	"math"
	"testing"
)

func TestSummarise(t *testing.T) {
	r := Row{Workers: 4, Floats: 1000, Wire: BFloat16}
	r.summarise(roundSamples{
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
