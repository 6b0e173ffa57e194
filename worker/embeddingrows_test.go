package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"ringmaster/allreduce"
	"ringmaster/model"
	"ringmaster/run/protocol"
)

// An element of the packed rows is before a cut if and only if it is before the whole
// matrix's cut of the same number.
func TestCutsPutEveryElementIntoItsSegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vocabulary := rapid.IntRange(1, 40).Draw(t, "vocabulary")
		width := rapid.IntRange(1, 9).Draw(t, "width")
		world := rapid.IntRange(1, 7).Draw(t, "world")
		r := embeddingRows{width: width}
		for id := range int32(vocabulary) {
			if rapid.Bool().Draw(t, "there") {
				r.ids = append(r.ids, id)
			}
		}
		cuts := r.cuts(vocabulary*width, world)
		if len(cuts) != world-1 || !slices.IsSorted(cuts) {
			t.Fatalf("cuts %v in a world of %d", cuts, world)
		}
		for s, cut := range cuts {
			dense := vocabulary * width * (s + 1) / world
			for i := range r.elements() {
				element := int(r.ids[i/width])*width + i%width
				if (i < cut) != (element < dense) {
					t.Fatalf("rows %v of %d, width %d: element %d against cut %d (of the whole: %d, %d)", r.ids, vocabulary, width, i, cut, element, dense)
				}
			}
		}
	})
}

// onRing runs f for every rank of a ring in memory.
func onRing(t *testing.T, world int, f func(rank int, r *allreduce.Striped) error) error {
	t.Helper()
	var group errgroup.Group
	for rank, transport := range allreduce.NewMemory(world) {
		group.Go(func() (err error) {
			r, err := allreduce.OpenStriped(context.Background(), []allreduce.Transport{transport}, allreduce.Options{Rank: rank, World: world, Run: "test", Generation: 1})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, r.Close()) }()
			return f(rank, r)
		})
	}
	return group.Wait()
}

// Sending the rows alone gives the bits of sending the whole matrix, for values whose
// sum depends on the order of summation, and the bytes that saved says are not sent.
func TestRowsGiveTheWholeMatrixsBits(t *testing.T) {
	const vocabulary, width = 211, 7
	for world := 2; world <= 4; world++ {
		t.Run(fmt.Sprint(world), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(world)))
			var tokens []int32
			for id := range int32(vocabulary) {
				if random.Float64() < 0.3 {
					tokens = append(tokens, id)
				}
			}
			matrices := make([][]float32, world)
			for rank := range matrices {
				matrices[rank] = make([]float32, vocabulary*width)
				for _, id := range tokens {
					for i := range width {
						matrices[rank][int(id)*width+i] = float32(random.NormFloat64() * 1e3)
					}
				}
			}
			sums := map[bool][][]float32{true: make([][]float32, world), false: make([][]float32, world)}
			sent := map[bool]uint64{}
			for _, sparse := range []bool{true, false} {
				bytes := make([]uint64, world)
				saved := uint64(0)
				err := onRing(t, world, func(rank int, r *allreduce.Striped) error {
					x := &ringReducer{hasWords: true, buckets: []model.Bucket{{Lo: 0, Hi: vocabulary * width}}, wordWidth: width, wire: allreduce.WireFloat32}
					sums[sparse][rank] = slices.Clone(matrices[rank])
					var list []int32
					if sparse {
						list = tokens
					}
					before := r.Stats().BytesSent
					err := x.sum(context.Background(), r, world, 0, sums[sparse][rank], list)
					bytes[rank] = r.Stats().BytesSent - before
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for rank, b := range bytes {
					sent[sparse] += b
					if sparse {
						x := &ringReducer{hasWords: true, buckets: []model.Bucket{{Lo: 0, Hi: vocabulary * width}}, wordWidth: width, wire: allreduce.WireFloat32}
						saved += x.saved(rank, world, tokens)
					}
				}
				if want := uint64(4 * 2 * (world - 1) * width * (vocabulary - len(tokens))); sparse && saved != want {
					t.Errorf("%d bytes are said to be saved, want %d", saved, want)
				}
			}
			for rank := range world {
				if !slices.Equal(sums[true][rank], sums[false][rank]) || !slices.Equal(sums[true][rank], sums[true][0]) {
					t.Errorf("rank %d has other bits than with the whole matrix", rank)
				}
			}
			if sent[true] >= sent[false] {
				t.Errorf("%d bytes for the rows, %d for all", sent[true], sent[false])
			}
		})
	}
}

// The test above would miss it if the order of summation did not matter to its values.
func TestEqualCutsOfPackedRowsGiveOtherBits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const world, n = 3, 600
	vectors := make([][]float32, world)
	for rank := range vectors {
		for range n {
			vectors[rank] = append(vectors[rank], float32(random.NormFloat64()))
		}
	}
	sum := func(options ...allreduce.Option) []float32 {
		var first []float32
		err := onRing(t, world, func(rank int, r *allreduce.Striped) error {
			x := slices.Clone(vectors[rank])
			if rank == 0 {
				first = x
			}
			return r.AllReduce(context.Background(), x, options...)
		})
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	if slices.Equal(sum(), sum(allreduce.WithSegments([]int{0, 0}))) {
		t.Error("sums do not depend on the segments")
	}
}

func TestRowsOnlyWhereTheyPay(t *testing.T) {
	for _, c := range []struct {
		tokens int
		want   bool
	}{{0, false}, {1, true}, {50, true}, {51, false}} {
		if _, got := rowsToSend(make([]int32, c.tokens), 100, 4); got != c.want {
			t.Errorf("%d tokens of 100: rows alone %v", c.tokens, got)
		}
	}
}

func TestTokensAreChecked(t *testing.T) {
	good := []protocol.Example{{IDs: []int32{2, 7, 3}}}
	for name, c := range map[string]struct {
		step protocol.Step
		want string // empty: no error
	}{
		"all there":          {protocol.Step{Tokens: []int32{2, 3, 5, 7}, Examples: good}, ""},
		"no list":            {protocol.Step{Examples: good}, ""},
		"left out":           {protocol.Step{Tokens: []int32{2, 3, 5}, Examples: good}, "token 7 "},
		"twice":              {protocol.Step{Tokens: []int32{2, 3, 3, 7}, Examples: good}, "token 3,"},
		"outside vocabulary": {protocol.Step{Tokens: []int32{2, 3, 7, 90}, Examples: good}, "token 90,"},
	} {
		err := checkTokens(&c.step, 90)
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, ErrOrder) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
