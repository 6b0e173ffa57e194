package ringbench

import (
	"errors"
	"math"
	"testing"

	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
)

// sumInPlace is what a faultless ring does to the vectors of all ranks: values are rounded
// to bfloat16 after every addition, as on the wire.
func sumInPlace(vectors [][]float32) {
	for i := range vectors[0] {
		var sum float32
		for _, v := range vectors {
			sum = math.Float32frombits(math.Float32bits(sum+v[i]) &^ 0xffff)
		}
		for _, v := range vectors {
			v[i] = sum
		}
	}
}

func filled(p *pattern, floats int) [][]float32 {
	vectors := make([][]float32, p.world)
	for rank := range vectors {
		vectors[rank] = make([]float32, floats)
		p.fill(vectors[rank], rank)
	}
	return vectors
}

func TestSumsOfAPatternAreExactInBFloat16(t *testing.T) {
	for world := 2; world <= maxWorld; world++ {
		p := newPattern(world, BFloat16)
		vectors := filled(p, 2*period+5)
		for n := 1; n <= p.exact; n++ {
			sumInPlace(vectors)
			if err := p.check(vectors[world-1], n); err != nil {
				t.Fatalf("world %d: %v", world, err)
			}
		}
	}
	if p := newPattern(2, BFloat16); p.exact < 50 {
		t.Errorf("two ranks must refill after %d operations: too often to time short ones", p.exact)
	}
}

// The ring itself sums a pattern exactly in int8, in place, whatever the ends of blocks.
func TestSumsOfAPatternAreExactInInt8(t *testing.T) {
	for _, world := range []int{2, 3, 7, maxWorld} {
		p := newPattern(world, Int8)
		vectors := filled(p, 2*period+5)
		var group errgroup.Group
		for rank, transport := range allreduce.NewMemory(world) {
			group.Go(func() (err error) {
				r, err := allreduce.Open(t.Context(), transport, allreduce.Options{Rank: rank, World: world, Run: "test", ChunkBytes: 3000})
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, r.Close()) }()
				for n := 1; n <= min(p.exact, 4); n++ {
					if err := r.AllReduce(t.Context(), vectors[rank], allreduce.WithInt8(nil)); err != nil {
						return err
					}
					if err := p.check(vectors[rank], n); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Errorf("world %d: %v", world, err)
		}
	}
}

func TestAWrongSumIsSeen(t *testing.T) {
	const floats = 3 * period
	p := newPattern(3, Float32)
	for name, spoil := range map[string]func(x []float32){
		"a rank twice and another not":   func(x []float32) { x[7] += p.row[7] },
		"one element of the last block":  func(x []float32) { x[floats-1] = 0 },
		"NaN":                            func(x []float32) { x[0] = float32(math.NaN()) },
		"a chunk at another chunk's end": func(x []float32) { copy(x[100:200], append([]float32{}, x[1100:1200]...)) },
		"a further sum":                  func(x []float32) { x[floats/2] *= 3 },
	} {
		vectors := filled(p, floats)
		sumInPlace(vectors)
		spoil(vectors[0])
		if err := p.check(vectors[0], 1); !errors.Is(err, ErrWrongSum) {
			t.Errorf("%s: error %v, want ErrWrongSum", name, err)
		}
	}
}
