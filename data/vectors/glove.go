package vectors

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// The constants of GloVe: window, weights and step size of the paper, the number of
// iterations and x_max of the authors' demonstration on a small corpus. Corpora here are
// smaller still, so that words count from the second time on.
const (
	window     = 10
	iterations = 15
	minCount   = 2
	maxWeight  = 10   // x_max: pairs from this count on weigh alike
	alpha      = 0.75 // exponent of a rarer pair's weight
	stepSize   = 0.05 // AdaGrad's
)

// Algorithm names what [Train] does, constants included: raise it when a bit changes.
const Algorithm = "GloVe 1 (window 10, 15 iterations, x_max 10)"

// DefaultDim is the dimension of trained vectors unless another is asked for.
const DefaultDim = 100

// maxDim bounds the dimension.
const maxDim = 4096

// Options say how vectors are trained.
type Options struct {
	Dim  int // 0: DefaultDim
	Seed uint64
	// Progress is called after every iteration; nil is not called.
	Progress func(iteration, of int, cost float64)
}

// Check says whether Train could make vectors of the texts: ErrOptions where it could not.
func Check(texts []string, o Options) error {
	_, _, err := o.prepared(texts)
	return err
}

// prepared are the words that get a vector, and the pairs to learn them from.
func (o *Options) prepared(texts []string) (list []string, pairs []pair, err error) {
	if o.Dim == 0 {
		o.Dim = DefaultDim
	}
	if o.Dim < 1 || o.Dim > maxDim {
		return nil, nil, fmt.Errorf("%w: the dimension is %d, it must be from 1 to %d", ErrOptions, o.Dim, maxDim)
	}
	lines := folded(texts)
	list, ids := vocabulary(lines, minCount)
	pairs = cooccurrences(lines, ids, window)
	if len(pairs) == 0 {
		return nil, nil, fmt.Errorf("%w: %d texts have no two words that occur near each other, each at least %d times", ErrOptions, len(texts), minCount)
	}
	return list, pairs, nil
}

// Train makes vectors for the words of texts that are there at least twice. It takes some
// 20 s for a million words. Errors: [ErrOptions], and ctx's.
func Train(ctx context.Context, texts []string, o Options) (*Table, error) {
	list, pairs, err := o.prepared(texts)
	if err != nil {
		return nil, err
	}
	g := newGlove(len(list), o)
	for i := range iterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g.shuffle(pairs)
		cost := g.pass(pairs)
		if math.IsNaN(cost) || math.IsInf(cost, 0) {
			return nil, fmt.Errorf("%w: the cost of iteration %d is %g", ErrOptions, i+1, cost)
		}
		if o.Progress != nil {
			o.Progress(i+1, iterations, cost)
		}
	}
	t := &Table{Dim: o.Dim, rows: make(map[string][]float32, len(list))}
	for i, word := range list {
		row := make([]float32, o.Dim)
		for d := range row {
			row[d] = g.word.row(i)[d] + g.context.row(i)[d]
		}
		t.rows[word] = row
	}
	return t, nil
}

// glove is the state of the training: vectors and biases of words and of contexts, a row
// of dim+1 numbers each, the last one the bias, and AdaGrad's sums of squares beside them.
type glove struct {
	dim                         int
	random                      *rand.Rand
	word, context               rows
	wordSquares, contextSquares rows
}

// rows are rows of equal width, one after another.
type rows struct {
	width int
	data  []float32
}

func (r rows) row(i int) []float32 { return r.data[i*r.width : (i+1)*r.width : (i+1)*r.width] }

func newGlove(words int, o Options) *glove {
	g := &glove{dim: o.Dim, random: rand.New(rand.NewPCG(o.Seed, 0x676c6f7665))}
	width := o.Dim + 1
	for _, r := range []*rows{&g.word, &g.context} {
		*r = rows{width, make([]float32, words*width)}
		for i := range r.data {
			r.data[i] = float32((g.random.Float64() - 0.5) / float64(width))
		}
	}
	for _, r := range []*rows{&g.wordSquares, &g.contextSquares} {
		*r = rows{width, make([]float32, words*width)}
		for i := range r.data {
			r.data[i] = 1
		}
	}
	return g
}

func (g *glove) shuffle(pairs []pair) {
	g.random.Shuffle(len(pairs), func(a, b int) { pairs[a], pairs[b] = pairs[b], pairs[a] })
}

// pass takes a step of AdaGrad for every pair and returns the mean cost before them.
func (g *glove) pass(pairs []pair) float64 {
	cost := 0.0
	for _, p := range pairs {
		cost += g.step(p)
	}
	return cost / float64(len(pairs))
}

// step is one pair's: the cost is f(x)·(w·c + b + b' − ln x)².
func (g *glove) step(p pair) float64 {
	w, c := g.word.row(int(p.word)), g.context.row(int(p.context))
	ws, cs := g.wordSquares.row(int(p.word)), g.contextSquares.row(int(p.context))
	off := dot(w[:g.dim], c[:g.dim]) + w[g.dim] + c[g.dim] - p.log
	weighted := off * p.weight
	step := weighted * stepSize
	// Slices of one length spare the loop its bounds checks.
	c, ws, cs = c[:len(w)], ws[:len(w)], cs[:len(w)]
	for d := range len(w) - 1 {
		forWord, forContext := step*c[d], step*w[d]
		w[d] -= forWord / sqrt(ws[d])
		c[d] -= forContext / sqrt(cs[d])
		ws[d] += forWord * forWord
		cs[d] += forContext * forContext
	}
	w[g.dim] -= step / sqrt(ws[g.dim])
	c[g.dim] -= step / sqrt(cs[g.dim])
	ws[g.dim] += step * step
	cs[g.dim] += step * step
	return float64(off) * float64(weighted)
}

func dot(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
