package comparison

import (
	"ringmaster/benchmark/rounds"
)

// Sample is one round of one side.
type Sample struct {
	// Seconds is the time of a unit of the work: of a step, or of a whole job.
	Seconds float64
	// Examples and Tokens are what it trained in that time; padding is no token.
	Examples, Tokens float64
	// CPUSeconds are user and system seconds of a step, all processes together.
	CPUSeconds float64
	// PeakBytes is the largest resident memory that one of its processes had.
	PeakBytes uint64
	// Operations is the arithmetic that the unit needs, by the model's shapes (package flops).
	Operations float64
}

// Side is a program and its samples, a sample a round.
type Side struct {
	Name    string
	Samples []Sample
}

// World is what all sides of a row had of the machine.
type World struct {
	Workers, Threads int // ranks; threads of each
	// PeakFlops are the machine's operations a second in large matrix products, by round.
	PeakFlops []float64
}

// Row is a side's result; numbers without a spread are medians over the rounds.
type Row struct {
	Side    string `json:"side"`
	Workers int    `json:"workers"`
	Threads int    `json:"threads"`
	Rounds  int    `json:"rounds"`
	// Seconds are of a step, or of a job.
	Seconds           rounds.Spread `json:"seconds"`
	ExamplesPerSecond float64       `json:"examples_per_second"`
	TokensPerSecond   float64       `json:"tokens_per_second"`
	CPUSeconds        float64       `json:"cpu_seconds_per_step"`
	PeakBytes         uint64        `json:"peak_bytes_of_a_rank"` // the largest of the rounds
	PeakFlops         float64       `json:"machine_peak_flops"`   // the largest of the rounds
	// PeakShare is the arithmetic done per second by PeakFlops (MFU).
	PeakShare float64 `json:"share_of_peak"`
	// Efficiency is the examples per second and worker, by those of one worker; 0 where one worker was not
	// measured.
	Efficiency float64 `json:"efficiency,omitempty"`
	// Ratio is, in a peer's row, how many times its examples per second we train, round by round.
	Ratio *rounds.Spread `json:"ratio_of_ours,omitempty"`
}

// Rows are the sides' results. The first side is the one that the others are compared with.
func Rows(world World, sides []Side) []Row {
	peak := rounds.Of(world.PeakFlops).Max
	ours := column(sides[0], examplesPerSecond)
	rows := make([]Row, len(sides))
	for i, side := range sides {
		rates := column(side, examplesPerSecond)
		rows[i] = Row{
			Side: side.Name, Workers: world.Workers, Threads: world.Threads, Rounds: len(side.Samples),
			Seconds:           rounds.Of(column(side, func(s Sample) float64 { return s.Seconds })),
			ExamplesPerSecond: rounds.Of(rates).Median,
			TokensPerSecond:   rounds.Of(column(side, func(s Sample) float64 { return s.Tokens / s.Seconds })).Median,
			CPUSeconds:        rounds.Of(column(side, func(s Sample) float64 { return s.CPUSeconds })).Median,
			PeakBytes:         uint64(rounds.Of(column(side, func(s Sample) float64 { return float64(s.PeakBytes) })).Max),
			PeakFlops:         peak,
			PeakShare:         rounds.Of(column(side, func(s Sample) float64 { return s.Operations / s.Seconds })).Median / peak,
		}
		if i > 0 {
			ratio := rounds.Of(rounds.Ratios(ours, rates))
			rows[i].Ratio = &ratio
		}
	}
	return rows
}

// FillEfficiency fills the efficiency of all rows whose side was measured with one worker too.
func FillEfficiency(rows []Row) {
	alone := map[string]float64{}
	for _, r := range rows {
		if r.Workers == 1 {
			alone[r.Side] = r.ExamplesPerSecond
		}
	}
	for i, r := range rows {
		if one := alone[r.Side]; one > 0 {
			rows[i].Efficiency = r.ExamplesPerSecond / float64(r.Workers) / one
		}
	}
}

func examplesPerSecond(s Sample) float64 { return s.Examples / s.Seconds }

func column(side Side, of func(Sample) float64) []float64 {
	values := make([]float64, len(side.Samples))
	for i, s := range side.Samples {
		values[i] = of(s)
	}
	return values
}
