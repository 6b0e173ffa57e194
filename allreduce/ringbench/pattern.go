package ringbench

import (
	"fmt"
	"math"
)

// period is how many elements a pattern has before it repeats: a prime, so that no cut of
// a vector into segments and chunks meets it.
const period = 4099

// maxWorld keeps the first sum, 1 + 2 + … + world, within bfloat16's 8 bits.
const maxWorld = 16

// A pattern is what the ranks of a world sum: rank r brings r+1 times a row of signed
// powers of two. Its sums are exact in float32 and in bfloat16, whatever the order of
// additions, so that any other value is a mistake of the ring. For int8 the row is ±127: of
// whatever block, the scale is then a number of as few bits as bfloat16 has, and exact too.
//
// Vectors are summed in place, so the second operation sums what the first one left, and
// multiplies it by the world's size; for a while that is exact too.
type pattern struct {
	world int
	// exact is how many operations may follow each other before the vector is to be filled anew.
	exact int
	row   [period]float32
}

func newPattern(world int, wire Wire) *pattern {
	p := &pattern{world: world, exact: exactOperations(world)}
	for i := range p.row {
		h := uint32(i) * 2654435761 // Knuth's multiplicative hash: upper bits look random
		p.row[i] = float32(uint32(1) << (h >> 29))
		if wire == Int8 {
			p.row[i] = 127
		}
		if h>>28&1 == 1 {
			p.row[i] = -p.row[i]
		}
	}
	return p
}

// fill writes what a rank brings.
func (p *pattern) fill(x []float32, rank int) {
	row := p.times(float32(rank + 1))
	for len(x) > 0 {
		x = x[copy(x, row[:]):]
	}
}

// check says whether x is the sum after so many operations, at most p.exact.
func (p *pattern) check(x []float32, operations int) error {
	want := p.times(float32(firstSum(p.world) * math.Pow(float64(p.world), float64(operations-1))))
	for at := 0; at < len(x); at += period {
		block := x[at:min(at+period, len(x))]
		for i, v := range block {
			if v != want[i] {
				return fmt.Errorf("%w: element %d is %v after %d operations, it should be %v", ErrWrongSum, at+i, v, operations, want[i])
			}
		}
	}
	return nil
}

func (p *pattern) times(factor float32) [period]float32 {
	row := p.row
	for i := range row {
		row[i] *= factor
	}
	return row
}

func firstSum(world int) float64 { return float64(world * (world + 1) / 2) }

// exactOperations is how long repeated sums in place stay exact in bfloat16, partial sums too.
func exactOperations(world int) int {
	const enough = 1 << 100 // with the row's largest, far below the largest float32
	sum := firstSum(world)
	for operations := 1; ; operations++ {
		for ranks := 1; ranks <= world; ranks++ {
			if partial := float64(ranks) * sum; partial > enough || !isBFloat16(partial) {
				return operations
			}
		}
		sum *= float64(world)
	}
}

// isBFloat16 says whether v has at most 8 significant bits.
func isBFloat16(v float64) bool {
	fraction, _ := math.Frexp(v)
	return fraction*256 == math.Trunc(fraction*256)
}
