package stats

import (
	"math"
	"slices"

	"ringmaster/data/length"
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
		P5: length.Quantile(list, 5), P25: length.Quantile(list, 25), P50: length.Quantile(list, 50),
		P75: length.Quantile(list, 75), P95: length.Quantile(list, 95), P99: length.Quantile(list, 99),
	}
}
