package recovery

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Sample is how long a run stood still after one round of faults.
type Sample struct {
	Kinds           []string // of the round's faults
	Stall, Recovery time.Duration
}

// Row is the distribution of one kind, in seconds.
type Row struct {
	Kind    string  `json:"kind"`
	Count   int     `json:"count"`
	Median  float64 `json:"median"`
	P90     float64 `json:"p90"`
	Worst   float64 `json:"worst"`
	Stalled Stalled `json:"stall"`
}

// Stalled is the distribution of the time from the fault itself, in seconds.
type Stalled struct {
	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
}

// The rows that are no kind's own.
const (
	Several = "several at once"
	All     = "all"
)

// Distribution is a row a kind, by name, then rounds of several faults, then all.
func Distribution(samples []Sample) []Row {
	by := map[string][]Sample{}
	for _, s := range samples {
		kind := Several
		if len(s.Kinds) == 1 {
			kind = s.Kinds[0]
		}
		by[kind] = append(by[kind], s)
	}
	var rows []Row
	for _, kind := range slices.SortedFunc(maps.Keys(by), lastSeveral) {
		rows = append(rows, rowOf(kind, by[kind]))
	}
	if len(samples) > 0 {
		rows = append(rows, rowOf(All, samples))
	}
	return rows
}

func lastSeveral(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == Several:
		return 1
	case b == Several:
		return -1
	}
	return strings.Compare(a, b)
}

func rowOf(kind string, samples []Sample) Row {
	recovery, stall := make([]float64, len(samples)), make([]float64, len(samples))
	for i, s := range samples {
		recovery[i], stall[i] = s.Recovery.Seconds(), s.Stall.Seconds()
	}
	slices.Sort(recovery)
	slices.Sort(stall)
	return Row{
		Kind: kind, Count: len(samples),
		Median: quantile(recovery, 0.5), P90: quantile(recovery, 0.9), Worst: recovery[len(recovery)-1],
		Stalled: Stalled{Median: quantile(stall, 0.5), Worst: stall[len(stall)-1]},
	}
}

// quantile is the smallest value that at least so large a share of the values does not
// exceed: one that was measured, not one between two.
func quantile(sorted []float64, share float64) float64 {
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}
