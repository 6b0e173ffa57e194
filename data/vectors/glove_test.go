package vectors

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCooccurrences(t *testing.T) {
	lines := folded([]string{"A b, a c", "rare b a"})
	list, ids := vocabulary(lines, 2)
	if diff := cmp.Diff([]string{"a", "b"}, list); diff != "" {
		t.Fatal(diff)
	}
	got := map[string]float64{}
	for _, p := range cooccurrences(lines, ids, 2) {
		got[list[p.word]+" "+list[p.context]] = math.Round(1e6*math.Exp(float64(p.log))) / 1e6
	}
	// "a b a": a-b and b-a at 1 each way, a-a at 2 both ways; "b a": b-a at 1.
	want := map[string]float64{"a b": 3, "b a": 3, "a a": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p := newPair(0, 1, 2.5); p.weight != float32(math.Pow(0.25, 0.75)) {
		t.Errorf("weight of 2.5: %v", p.weight)
	}
	if p := newPair(0, 1, 1000); p.weight != 1 {
		t.Errorf("weight of 1000: %v", p.weight)
	}
}

// One step follows the gradient of the cost, here taken by differences in float64.
func TestStepGoesDownTheCost(t *testing.T) {
	g := newGlove(2, Options{Dim: 4, Seed: 3})
	for i := range g.word.data {
		g.word.data[i], g.context.data[i] = float32(i)/7-0.6, 0.5-float32(i)/9
	}
	p := newPair(0, 1, 3)
	cost := func(w, c []float32) float64 {
		sum := float64(w[4]) + float64(c[4]) - math.Log(3)
		for d := range 4 {
			sum += float64(w[d]) * float64(c[d])
		}
		return math.Pow(0.3, alpha) * sum * sum
	}
	w, c := append([]float32(nil), g.word.row(0)...), append([]float32(nil), g.context.row(1)...)
	if got, want := g.step(p), cost(w, c); math.Abs(got-want) > 1e-6 {
		t.Errorf("cost %v, want %v", got, want)
	}
	for _, part := range []struct{ before, after, squares []float32 }{
		{w, g.word.row(0), g.wordSquares.row(0)}, {c, g.context.row(1), g.contextSquares.row(1)},
	} {
		for d := range part.before {
			const h = 1.0 / 512
			old := part.before[d]
			part.before[d] = old + h
			up := cost(w, c)
			part.before[d] = old - h
			down := cost(w, c)
			part.before[d] = old
			// The authors' cost has a factor of one half.
			slope := (up - down) / (2 * h) / 2
			if want := float64(old) - stepSize*slope; math.Abs(float64(part.after[d])-want) > 1e-5 {
				t.Errorf("number %d became %v, want %v", d, part.after[d], want)
			}
			if want := 1 + stepSize*stepSize*slope*slope; math.Abs(float64(part.squares[d])-want) > 1e-5 {
				t.Errorf("sum of squares %d is %v, want %v", d, part.squares[d], want)
			}
		}
	}
}

// Words that are used alike come to lie near each other; the same texts give the same
// bits, whatever their order in memory; another seed gives others.
func TestTrain(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	animals, tools := []string{"cat", "dog", "horse"}, []string{"hammer", "saw", "drill"}
	var texts []string
	for range 400 {
		pick := func(from ...string) string { return from[random.IntN(len(from))] }
		texts = append(texts,
			strings.Join([]string{"the", pick(animals...), pick("eats", "sleeps", "runs"), pick("outside", "there")}, " "),
			strings.Join([]string{"use", pick(tools...), pick("on", "for"), pick("wood", "stone", "steel")}, " "))
	}
	train := func(seed uint64) *Table {
		t.Helper()
		costs := []float64{}
		table, err := Train(t.Context(), texts, Options{Dim: 8, Seed: seed, Progress: func(_, _ int, cost float64) { costs = append(costs, cost) }})
		if err != nil {
			t.Fatal(err)
		}
		if len(costs) != iterations || !(costs[iterations-1] < 0.5*costs[0]) {
			t.Errorf("costs %v", costs)
		}
		return table
	}
	a := train(1)
	if diff := cmp.Diff(a.rows, train(1).rows); diff != "" {
		t.Error("the same seed gives other vectors")
	}
	var text bytes.Buffer
	if err := a.Write(&text); err != nil {
		t.Fatal(err)
	}
	read, err := Read(t.Context(), file(t, text.String()), slices.Collect(maps.Keys(a.rows)), 8)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.rows, read.rows); diff != "" {
		t.Errorf("what is written is read back as %s", diff)
	}
	if cmp.Equal(a.rows, train(2).rows) {
		t.Error("another seed gives the same vectors")
	}
	alike, unlike := 0.0, 0.0
	for _, x := range animals {
		for _, y := range animals {
			if x != y {
				alike += cosine(a.Vector(x), a.Vector(y)) / 6
			}
		}
		for _, y := range tools {
			unlike += cosine(a.Vector(x), a.Vector(y)) / 9
		}
	}
	t.Logf("cosine of animals %.2f, of animals and tools %.2f", alike, unlike)
	if !(alike > unlike+0.4) {
		t.Errorf("cosine of animals %.2f, of animals and tools %.2f", alike, unlike)
	}
}

func cosine(a, b []float32) float64 {
	return float64(dot(a, b)) / math.Sqrt(float64(dot(a, a))*float64(dot(b, b)))
}

func TestTrainRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string
		dim   int
	}{
		"no text": {nil, 8}, "every word once": {[]string{"a b c"}, 8}, "dimension": {[]string{"a b a b"}, -1}, "a huge one": {[]string{"a b a b"}, maxDim + 1},
	} {
		if _, err := Train(t.Context(), c.texts, Options{Dim: c.dim}); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	g := newGlove(100, Options{Dim: 100, Seed: 3})
	for i := 0; b.Loop(); i++ {
		g.step(newPair(int32(i%100), int32(i*7%100), 3))
	}
}
