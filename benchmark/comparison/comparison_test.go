package comparison

import (
	"math"
	"strings"
	"testing"
)

// recorded are two rounds with one worker and with two, ours and a peer's. In the second
// round the machine was half as fast.
func recorded() []Row {
	sample := func(workers, seconds, cpu float64, peak uint64) Sample {
		return Sample{Seconds: seconds, Examples: 16 * workers, Tokens: 1000 * workers, CPUSeconds: cpu, PeakBytes: peak, Operations: 3e9 * workers}
	}
	rows := Rows(World{Workers: 1, Threads: 1, PeakFlops: []float64{60e9, 90e9}}, []Side{
		{"ringmaster", []Sample{sample(1, 0.1, 0.09, 400e6), sample(1, 0.2, 0.18, 500e6)}},
		{"DDP", []Sample{sample(1, 0.15, 0.15, 600e6), sample(1, 0.3, 0.3, 600e6)}},
	})
	rows = append(rows, Rows(World{Workers: 2, Threads: 1, PeakFlops: []float64{180e9}}, []Side{
		{"ringmaster", []Sample{sample(2, 0.16, 0.3, 500e6)}},
		{"DDP", []Sample{sample(2, 0.4, 0.6, 700e6)}},
	})...)
	FillEfficiency(rows)
	return rows
}

func TestRows(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	rows := recorded()
	ours, peer, two := rows[0], rows[1], rows[2]
	near("the median", ours.Seconds.Median, 0.15)
	near("examples per second", ours.ExamplesPerSecond, (160.+80)/2)
	near("tokens per second", ours.TokensPerSecond, (10000.+5000)/2)
	near("CPU seconds", ours.CPUSeconds, 0.135)
	near("the peak of memory", float64(ours.PeakBytes), 500e6)
	near("the share of the peak", ours.PeakShare, (30e9+15e9)/2/90e9)
	near("the ratio", peer.Ratio.Median, 1.5)
	near("its minimum", peer.Ratio.Min, 1.5)
	near("efficiency of one", ours.Efficiency, 1)
	near("efficiency of two", two.Efficiency, 200./2/120)
	if ours.Ratio != nil {
		t.Error("our own row has a ratio")
	}
}

func TestTable(t *testing.T) {
	out := Table(recorded(), "step")
	for _, want := range []string{"s a step", "0.1–0.2", "efficiency", "0.83", "ours/peer", "1.50–1.50", "2.50", "25.0%", "500", "DDP"} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	alone := Table(recorded()[:1], "job")
	for _, absent := range []string{"efficiency", "ours/peer"} {
		if strings.Contains(alone, absent) {
			t.Errorf("a table of one side and one worker has %q:\n%s", absent, alone)
		}
	}
	if !strings.Contains(alone, "s a job") {
		t.Errorf("the table does not say what its seconds are of:\n%s", alone)
	}
}
