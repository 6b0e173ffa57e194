package statistics

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
)

// Options say how much is drawn, and from what.
type Options struct {
	// Replicates is how many bootstrap replicates, or random exchanges, are drawn.
	Replicates int
	// Level is an interval's: 0.95.
	Level float64
	Seed  uint64
}

// Defaults are 10,000 replicates and 95% intervals.
func Defaults() Options { return Options{Replicates: 10_000, Level: 0.95, Seed: 1} }

// Interval is a range of scores.
type Interval struct {
	Low, High float64
}

// Bootstrap is the interval of a system's mean score under other seeds and other rows.
func Bootstrap(s System, o Options) (Interval, error) {
	if err := s.Check(); err != nil {
		return Interval{}, err
	}
	return percentiles(replicates([]System{s}, o, func(scores []float64) float64 { return scores[0] }), o.Level), nil
}

// replicates draws seeds and rows, the same for all systems, and asks of for a number of
// the systems' mean scores. The systems are paired: checked by the caller.
func replicates(systems []System, o Options, of func(means []float64) float64) []float64 {
	random := source(o.Seed, "bootstrap")
	seeds := len(systems[0].Runs)
	drawn := max(1, seeds-1) // see doc.go
	crossed := systems[0].crossed()
	times := make([]int, len(systems[0].Runs[0].Rows))
	scorers := make([]func(Run, []int) float64, len(systems))
	for k, s := range systems {
		scorers[k] = s.scorer()
	}
	means := make([]float64, len(systems))
	values := make([]float64, o.Replicates)
	for b := range values {
		clear(means)
		if crossed {
			draw(random, times)
		}
		for range drawn {
			seed := random.IntN(seeds)
			if !crossed {
				times = slices.Grow(times[:0], len(systems[0].Runs[seed].Rows))[:len(systems[0].Runs[seed].Rows)]
				draw(random, times)
			}
			for k, s := range systems {
				means[k] += scorers[k](s.Runs[seed], times) / float64(drawn)
			}
		}
		values[b] = of(means)
	}
	return values
}

// draw draws as many rows as there are, with replacement: how often each was drawn.
func draw(random *rand.Rand, times []int) {
	clear(times)
	for range times {
		times[random.IntN(len(times))]++
	}
}

// percentiles is the interval that leaves out the same share at both ends. Between two
// values it interpolates linearly, as numpy does.
func percentiles(values []float64, level float64) Interval {
	sorted := slices.Sorted(slices.Values(values))
	at := func(share float64) float64 {
		place := share * float64(len(sorted)-1)
		below := int(place)
		above := min(below+1, len(sorted)-1)
		return sorted[below] + (place-float64(below))*(sorted[above]-sorted[below])
	}
	return Interval{Low: at((1 - level) / 2), High: at((1 + level) / 2)}
}

// source is a stream of random numbers named by its use.
func source(seed uint64, use string) *rand.Rand {
	key := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("ringmaster/statistics "+use), seed))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:16])))
}

// share is a p-value of counted replicates: never 0, since the observed is one of them.
func share(reached, drawn int) float64 { return float64(reached+1) / float64(drawn+1) }

// atLeast is a ≥ b, with room for what rounding does to equal numbers.
func atLeast(a, b float64) bool { return a >= b-1e-12*math.Max(1, math.Abs(b)) }
