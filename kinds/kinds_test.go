package kinds_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/config"
	"ringmaster/kinds"
)

// random is a gold answer of a kind and a teacher's logits.
func random(r *rand.Rand, kind config.Kind, outputs int) (g kinds.Gold, logits []float32) {
	g.Class, g.Value = r.IntN(outputs), r.NormFloat64()
	for i := range outputs {
		logits = append(logits, float32(r.NormFloat64()))
		if r.IntN(2) == 0 {
			g.Set = append(g.Set, int32(i))
		}
	}
	return g, logits
}

// Targets at λ lie between those of gold and teacher in proportion, and at the ends are exactly the one or the other.
func TestTargetsAreMixedByLambda(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range config.Kinds() {
		kind, outputs := kinds.Of(name), 3
		if name == config.KindValue {
			outputs = 1
		}
		for range 50 {
			g, logits := random(r, name, outputs)
			settings := kinds.Settings{}
			if name == config.KindValue {
				settings.Scale = kinds.Scale{Mean: 3, Deviation: 0.5}
			}
			taught := kind.Teach(logits)
			gold, teacher := kind.Target(g, nil, 1, outputs, settings), kind.Target(g, taught, 0, outputs, settings)
			if len(gold) != outputs*kind.Loss(outputs).Targets() {
				t.Fatalf("%s: %d targets", name, len(gold))
			}
			if diff := cmp.Diff(teacher, kind.Target(kinds.Gold{}, taught, 0, outputs, settings)); diff != "" {
				t.Errorf("%s: at λ = 0 the gold answer counts: %s", name, diff)
			}
			λ := r.Float64()
			want := make([]float64, len(gold))
			for i := range want {
				want[i] = λ*gold[i] + (1-λ)*teacher[i]
			}
			if diff := cmp.Diff(want, kind.Target(g, taught, λ, outputs, settings), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("%s at λ = %v: %s", name, λ, diff)
			}
		}
	}
}

// The mean of several teachers is that of what they say, and one teacher's own alone.
func TestMeanOfTeachers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range config.Kinds() {
		kind, outputs := kinds.Of(name), 3
		if name == config.KindValue {
			outputs = 1
		}
		for range 20 {
			_, a := random(r, name, outputs)
			_, b := random(r, name, outputs)
			first, second := kind.Teach(a), kind.Teach(b)
			want := make([]float64, outputs)
			for i := range want {
				want[i] = (first[i] + second[i]) / 2
			}
			near := cmpopts.EquateApprox(0, 1e-6)
			if diff := cmp.Diff(want, kind.Teach(kind.Mean([][]float32{a, b}, 1)), near); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if diff := cmp.Diff(first, kind.Teach(kind.Mean([][]float32{a}, 1)), near); diff != "" {
				t.Errorf("%s, one teacher: %s", name, diff)
			}
		}
	}
}

// A head of standardised values that is folded answers in the data's unit, and unfolded as before.
func TestScaleFoldsIntoAHead(t *testing.T) {
	s, ok := kinds.ScaleOf([]float64{100, 300, 500, 700})
	if !ok || s.Mean != 400 || math.Abs(s.Deviation-math.Sqrt(50000)) > 1e-9 {
		t.Fatalf("%+v, %v", s, ok)
	}
	if _, ok := kinds.ScaleOf([]float64{0.1, 0.1, 0.1}); ok {
		t.Error("values that are all equal have a scale")
	}
	features, weight, bias := []float64{0.5, -2}, []float32{0.25, 1.5}, []float32{-0.5}
	out := func() float64 {
		return float64(weight[0])*features[0] + float64(weight[1])*features[1] + float64(bias[0])
	}
	z := out()
	s.FoldInto(weight, bias)
	if got := out(); math.Abs(got-s.Value(z)) > 1e-3 {
		t.Errorf("folded %v, want %v", got, s.Value(z))
	}
	s.Unfold(weight, bias)
	if got := out(); math.Abs(got-z) > 1e-5 {
		t.Errorf("unfolded %v, want %v", got, z)
	}
}

// Each kind says of the same logits what it is about.
func TestAnswers(t *testing.T) {
	logits := []float32{-1, 2, 0.1}
	for name, want := range map[config.Kind]string{
		"": "1 [] 0", config.KindOrdered: "1 [] 0", config.KindLabels: "-1 [1 2] 0", config.KindValue: "-1 [] -1",
	} {
		a := kinds.Of(name).Answer(logits, 0.5)
		if got := fmt.Sprint(a.Class, a.Set, a.Value); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// States and settings are chosen by the score that docs/kinds.md names.
func TestMainScore(t *testing.T) {
	want := map[config.Kind]string{
		"": "F1", config.KindClasses: "F1", config.KindLabels: "micro F1", config.KindValue: "Pearson's r", config.KindOrdered: "quadratic kappa",
	}
	for name, measure := range want {
		if got := kinds.Main(name); got != measure {
			t.Errorf("%q is chosen by %q, want %q", name, got, measure)
		}
	}
}

// Answers made elsewhere come back from their logits, and those that are certain of the gold answer can be given.
func TestAnswersMadeElsewhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	near := cmpopts.EquateApprox(0, 2e-6)
	for _, name := range config.Kinds() {
		kind, names := kinds.Of(name), []string{"a", "b", "c"}
		if name == config.KindValue {
			names = names[:1]
		}
		for range 50 {
			g, logits := random(r, name, len(names))
			for _, said := range [][]float64{kind.Teach(logits), kind.Certain(g, len(names))} {
				if err := kind.CheckTaught(names, said); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if diff := cmp.Diff(said, kind.Teach(kind.Logits(said)), near); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		}
	}
	for name, said := range map[config.Kind][]float64{
		config.KindClasses: {0.5, 0.6}, config.KindOrdered: {-0.1, 1.1}, config.KindLabels: {0.5, 1.2}, config.KindValue: {math.Inf(1)},
	} {
		if err := kinds.Of(name).CheckTaught([]string{"a", "b"}, said); !errors.Is(err, kinds.ErrTaught) {
			t.Errorf("%s takes %v: %v", name, said, err)
		}
	}
}

// A head of a value and the logarithm of its variance is brought into the data's unit and back, and says a standard
// deviation that scales with the unit.
func TestScaleOfAValueWithItsVariance(t *testing.T) {
	s := kinds.Scale{Mean: 400, Deviation: 20}
	weight, bias := []float32{0.25, 1.5, -0.5, 0.125}, []float32{-0.5, 0.75}
	features := []float64{0.5, -2}
	outputs := func() []float32 {
		var out []float32
		for i := range bias {
			out = append(out, float32(float64(weight[2*i])*features[0]+float64(weight[2*i+1])*features[1]+float64(bias[i])))
		}
		return out
	}
	before := outputs()
	want := kinds.Of(config.KindValue).Answer(before, 0)
	s.FoldInto(weight, bias)
	got := kinds.Of(config.KindValue).Answer(outputs(), 0)
	if math.Abs(got.Value-s.Value(want.Value)) > 1e-3 || math.Abs(*got.Deviation-20**want.Deviation) > 1e-3 {
		t.Errorf("folded: %v ± %v, want %v ± %v", got.Value, *got.Deviation, s.Value(want.Value), 20**want.Deviation)
	}
	scaled := append([]float32{}, before...)
	s.Outputs(scaled)
	if a := kinds.Of(config.KindValue).Answer(scaled, 0); math.Abs(a.Value-got.Value) > 1e-3 || math.Abs(*a.Deviation-*got.Deviation) > 1e-3 {
		t.Errorf("outputs in the unit: %v ± %v, folded %v ± %v", a.Value, *a.Deviation, got.Value, *got.Deviation)
	}
	s.Unfold(weight, bias)
	for i, z := range outputs() {
		if math.Abs(float64(z-before[i])) > 1e-5 {
			t.Errorf("unfolded %v, want %v", outputs(), before)
		}
	}
	if kinds.Of(config.KindValue).Answer([]float32{1}, 0).Deviation != nil {
		t.Error("a head without a variance says one")
	}
	for _, z := range []float32{2000, math.MaxFloat32, -2000, -math.MaxFloat32} { // numbers that JSON can hold
		if d := *kinds.Of(config.KindValue).Answer([]float32{1, z}, 0).Deviation; math.IsInf(d, 0) || math.IsNaN(d) {
			t.Errorf("the deviation of a logarithm of %g is %v", z, d)
		}
	}
}
