package stats

import (
	"math"
	"slices"
)

// Lengths describes how long texts are.
type Lengths struct {
	Texts int     `json:"texts"`
	Mean  float64 `json:"mean"`
	// SD is the standard deviation of these texts (dividing by their number).
	SD  float64 `json:"sd"`
	Min int     `json:"min"`
	P5  int     `json:"p5"`
	P25 int     `json:"p25"`
	P50 int     `json:"p50"`
	P75 int     `json:"p75"`
	P95 int     `json:"p95"`
	P99 int     `json:"p99"`
	Max int     `json:"max"`
}

// lengthsOf describes a list of lengths, which it sorts.
func lengthsOf(list []int) Lengths {
	if len(list) == 0 {
		return Lengths{}
	}
	slices.Sort(list)
	sum := 0.0
	for _, n := range list {
		sum += float64(n)
	}
	mean := sum / float64(len(list))
	squares := 0.0
	for _, n := range list {
		squares += (float64(n) - mean) * (float64(n) - mean)
	}
	return Lengths{
		Texts: len(list), Mean: mean, SD: math.Sqrt(squares / float64(len(list))),
		Min: list[0], Max: list[len(list)-1],
		P5: quantile(list, 5), P25: quantile(list, 25), P50: quantile(list, 50),
		P75: quantile(list, 75), P95: quantile(list, 95), P99: quantile(list, 99),
	}
}

// quantile is the smallest length that at least percent of a sorted list do not exceed.
func quantile(sorted []int, percent int) int {
	rank := (len(sorted)*percent + 99) / 100 // rounded up, in whole numbers
	return sorted[max(rank, 1)-1]
}
