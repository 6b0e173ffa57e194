package model

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/kinds"
	"ringmaster/model/softmax"
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

var (
	ctx      = context.Background()
	goldOnly = LossTarget{UseGold: true}
)

func gradientOf(t *testing.T, m *Model, examples []Example, lossTarget LossTarget, divisor float64, seed uint64) []float32 {
	t.Helper()
	if err := m.ZeroGradient(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Backward(ctx, examples, lossTarget, divisor, seed); err != nil {
		t.Fatal(err)
	}
	g, err := m.Gradient()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(g)
}

func hashOf(t *testing.T, m *Model) string {
	t.Helper()
	h, err := m.ParameterHash()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestLayoutCoversTheFlatVector(t *testing.T) {
	m := open(t, tinySpec())
	next := 0
	for _, p := range m.Parameters() {
		if p.Offset != next {
			t.Errorf("%s starts at %d, want %d", p.Name, p.Offset, next)
		}
		next = p.End()
	}
	if next != m.Size() {
		t.Errorf("parameters end at %d, the vector has %d", next, m.Size())
	}
	last := m.Parameters()[len(m.Parameters())-4:]
	names := []string{last[0].Name, last[1].Name, last[2].Name, last[3].Name}
	if diff := cmp.Diff([]string{"head.first.weight", "head.first.bias", "head.second.weight", "head.second.bias"}, names); diff != "" {
		t.Error(diff)
	}
}

// The gradient of the loss by central differences of Logits, which shares neither
// autograd nor the flat vector's bookkeeping with Backward.
func TestGradientByDifferences(t *testing.T) {
	m := open(t, tinySpec())
	examples := examplesOf(tinyReference(t).Batches[0])
	g := gradientOf(t, m, examples, goldOnly, 4, 0)
	st, err := m.State()
	if err != nil {
		t.Fatal(err)
	}
	loss := func(at int, h float32) float64 {
		moved := st
		moved.Parameters = slices.Clone(st.Parameters)
		moved.Parameters[at] += h
		if err := m.SetState(moved); err != nil {
			t.Fatal(err)
		}
		logits, err := m.Logits(ctx, examples)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, e := range examples {
			sum -= math.Log(softmax.Of(logits[i])[e.Class])
		}
		return sum / 4
	}
	const h = 1.0 / 256
	for _, p := range m.Parameters() {
		// The element with the largest gradient of each parameter.
		at := p.Offset
		for i := p.Offset; i < p.End(); i++ {
			if math.Abs(float64(g[i])) > math.Abs(float64(g[at])) {
				at = i
			}
		}
		want := (loss(at, h) - loss(at, -h)) / (2 * h)
		if math.Abs(want-float64(g[at])) > 2e-4+5e-3*math.Abs(want) {
			t.Errorf("%s[%d]: gradient %g, by differences %g", p.Name, at-p.Offset, g[at], want)
		}
	}
}

func TestMicroBatchesAndSplitsAddUp(t *testing.T) {
	r := tinyReference(t)
	examples := append(examplesOf(r.Batches[0]), examplesOf(r.Batches[2])...)
	whole := gradientOf(t, open(t, tinySpec()), examples, goldOnly, 9, 0)
	spec := tinySpec()
	spec.MicroBatch = 2
	m := open(t, spec)
	if diff := cmp.Diff(whole, gradientOf(t, m, examples, goldOnly, 9, 0), within(1e-6)); diff != "" {
		t.Error("micro-batches of 2:", diff)
	}
	parts := gradientOf(t, m, examples[:3], goldOnly, 9, 0)
	for i, x := range gradientOf(t, m, examples[3:], goldOnly, 9, 0) {
		parts[i] += x
	}
	if diff := cmp.Diff(whole, parts, within(1e-6)); diff != "" {
		t.Error("two workers' shares:", diff)
	}
}

func TestNoExamples(t *testing.T) {
	m := open(t, tinySpec())
	loss, err := m.Backward(ctx, nil, goldOnly, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	g, err := m.Gradient()
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(g, func(x float32) bool { return x != 0 }) || len(g) != m.Size() {
		t.Error("the gradient is not all zero")
	}
	if diff := cmp.Diff(Loss{Sum: []float64{0, 0}, Count: []int{0, 0}}, loss); diff != "" {
		t.Error(diff)
	}
	if logits, err := m.Logits(ctx, nil); err != nil || len(logits) != 0 {
		t.Errorf("Logits of nothing: %v, %v", logits, err)
	}
}

func TestDropoutFollowsItsSeed(t *testing.T) {
	examples := examplesOf(tinyReference(t).Batches[0])
	spec := tinySpec()
	spec.MicroBatch = 3
	p := 0.2
	spec.Dropout = &p
	m := open(t, spec)
	one := gradientOf(t, m, examples, goldOnly, 4, 7)
	if cmp.Diff(one, gradientOf(t, m, examples, goldOnly, 4, 7)) != "" {
		t.Error("the same seed gives another gradient")
	}
	if cmp.Diff(one, gradientOf(t, m, examples, goldOnly, 4, 8)) == "" {
		t.Error("another seed gives the same gradient")
	}
	without := open(t, tinySpec())
	a, b := gradientOf(t, without, examples, goldOnly, 4, 7), gradientOf(t, without, examples, goldOnly, 4, 8)
	if cmp.Diff(a, b) != "" {
		t.Error("without dropout the seed matters")
	}
	if cmp.Diff(a, one) == "" {
		t.Error("dropout changes nothing")
	}
	// Logits never drop.
	x, err := m.Logits(ctx, examples)
	if err != nil {
		t.Fatal(err)
	}
	y, err := without.Logits(ctx, examples)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x, y, within(1e-6)); diff != "" {
		t.Error("logits:", diff)
	}
}

func TestRanksStayIdentical(t *testing.T) {
	examples := examplesOf(tinyReference(t).Batches[0])
	spec := tinySpec()
	a := open(t, spec)
	spec.Threads = 2
	b := open(t, spec)
	start := hashOf(t, a)
	for i := range 3 {
		g := gradientOf(t, a, examples, goldOnly, 4, uint64(i))
		into, err := b.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		copy(into, g) // as the ring leaves it
		for _, m := range []*Model{a, b} {
			if _, err := m.Update(1e-3, AdamW{WeightDecay: 0.01, ClipNorm: 0.5}); err != nil {
				t.Fatal(err)
			}
		}
		if hashOf(t, a) != hashOf(t, b) {
			t.Fatalf("ranks differ after step %d", i+1)
		}
		if into, err = b.Gradient(); err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(into, func(x float32) bool { return x != 0 }) {
			t.Fatal("the gradient is not zero after Update")
		}
	}
	if hashOf(t, a) == start {
		t.Error("three steps changed nothing")
	}
}

func TestStateContinuesTheSamePath(t *testing.T) {
	examples := examplesOf(tinyReference(t).Batches[0])
	step := func(m *Model) {
		t.Helper()
		if _, err := m.Backward(ctx, examples, goldOnly, 4, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Update(1e-3, AdamW{WeightDecay: 0.01}); err != nil {
			t.Fatal(err)
		}
	}
	a, b := open(t, tinySpec()), open(t, tinySpec())
	step(a)
	step(a)
	st, err := a.State()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Backward(ctx, examples, goldOnly, 4, 1); err != nil { // left behind; SetState drops it
		t.Fatal(err)
	}
	if err := b.SetState(st); err != nil {
		t.Fatal(err)
	}
	step(a)
	step(b)
	if hashOf(t, a) != hashOf(t, b) {
		t.Error("the restored model goes another way")
	}
	st.ExpAvg = st.ExpAvg[1:]
	if err := b.SetState(st); !errors.Is(err, ErrState) {
		t.Errorf("short state: %v", err)
	}
}

func TestNotFiniteGradientChangesNothing(t *testing.T) {
	m := open(t, tinySpec())
	before := hashOf(t, m)
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		g, err := m.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		g[m.Size()-1] = float32(bad)
		if _, err := m.Update(1e-3, AdamW{}); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%v: got %v", bad, err)
		}
		if err := m.ZeroGradient(); err != nil {
			t.Fatal(err)
		}
	}
	st, err := m.State()
	if err != nil {
		t.Fatal(err)
	}
	if hashOf(t, m) != before || st.Step != 0 {
		t.Error("something changed")
	}
}

func TestHeads(t *testing.T) {
	fresh := func(seed uint64, tasks ...Task) []weights.Head {
		t.Helper()
		spec := tinySpec()
		spec.Heads, spec.Seed, spec.Tasks = nil, seed, tasks
		h, err := open(t, spec).Heads()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	a, b := Task{Name: "a", Classes: 2}, Task{Name: "b", Classes: 2}
	if diff := cmp.Diff(fresh(1, a)[0].Weight.Data, fresh(1, b, a)[1].Weight.Data); diff != "" {
		t.Error("a head depends on the other tasks:", diff)
	}
	if cmp.Diff(fresh(1, a)[0].Weight.Data, fresh(2, a)[0].Weight.Data) == "" || cmp.Diff(fresh(1, a)[0].Weight.Data, fresh(1, b)[0].Weight.Data) == "" {
		t.Error("a head does not depend on seed and name")
	}
	// These values must never change: every worker of a run draws them on its own.
	want := []float32{0.009811356, -0.011394099, -0.0009256321}
	if diff := cmp.Diff(want, initHead(1, "empathy", 3, 0.02), within(1e-8)); diff != "" {
		t.Error(diff)
	}
	sum, squares := 0.0, 0.0
	for _, w := range initHead(3, "x", 20000, 0.02) {
		sum += float64(w)
		squares += float64(w) * float64(w)
	}
	if mean, std := sum/20000, math.Sqrt(squares/20000); math.Abs(mean) > 6e-4 || math.Abs(std-0.02) > 5e-4 {
		t.Errorf("mean %g, deviation %g", mean, std)
	}

	prior := b
	prior.Settings.Bias = []float64{-2.5, 0.75}
	begun := fresh(1, a, prior)
	if cmp.Diff([]float32{-2.5, 0.75}, begun[1].Bias.Data) != "" || cmp.Diff([]float32{0, 0}, begun[0].Bias.Data) != "" || cmp.Diff(fresh(1, b)[0].Weight.Data, begun[1].Weight.Data) != "" {
		t.Errorf("heads begin with %v and %v", begun[0].Bias.Data, begun[1].Bias.Data)
	}

	given := formulaHeads(16)
	got, err := open(t, tinySpec()).Heads()
	if err != nil {
		t.Fatal(err)
	}
	for i := range given {
		if got[i].Task != given[i].Task || cmp.Diff(given[i].Weight.Data, got[i].Weight.Data) != "" || cmp.Diff(given[i].Bias.Data, got[i].Bias.Data) != "" {
			t.Errorf("head %d is not the given one", i)
		}
	}
	spec := tinySpec()
	spec.Tasks = []Task{{Name: "first", Classes: 3}}
	if _, err := New(ctx, spec); !errors.Is(err, ErrHead) || !strings.Contains(err.Error(), "task first") {
		t.Errorf("misshapen head: %v", err)
	}
}

func TestSavedModelAnswersTheSame(t *testing.T) {
	r := tinyReference(t)
	m := open(t, tinySpec())
	gradientOf(t, m, examplesOf(r.Batches[0]), goldOnly, 4, 1)
	if _, err := m.Update(1e-2, AdamW{}); err != nil {
		t.Fatal(err)
	}
	tensors, err := m.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := m.Heads()
	if err != nil {
		t.Fatal(err)
	}
	heads[0].Classes, heads[1].Classes, heads[0].Target = []string{"n", "y"}, []string{"a", "b", "c"}, true
	tokenizer := t.TempDir()
	if err := os.WriteFile(filepath.Join(tokenizer, "vocab.txt"), []byte("[PAD]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := weights.Write(dir, weights.WriteSpec{Config: m.Config(), Tensors: tensors, Heads: heads, Tokenizer: tokenizer}); err != nil {
		t.Fatal(err)
	}
	folder, err := weights.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	spec := tinySpec()
	spec.Dir = dir
	if spec.Heads, err = folder.Heads(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, spec); hashOf(t, again) != hashOf(t, m) {
		t.Error("the model read back has other parameters")
	}
}

func TestManyStepsLeaveNothing(t *testing.T) {
	examples := examplesOf(tinyReference(t).Batches[0])
	spec := tinySpec()
	p := 0.1
	spec.Dropout, spec.MicroBatch = &p, 2
	m := open(t, spec)
	step := func(seed uint64) {
		gradientOf(t, m, examples, goldOnly, 4, seed)
		if _, err := m.Update(1e-4, AdamW{ClipNorm: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Logits(ctx, examples); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 { // what is made once is made
		step(uint64(i))
	}
	before := torch.Live()
	for i := range 100 {
		step(uint64(i))
	}
	if now := torch.Live(); now != before {
		t.Errorf("%d tensors after three steps, %d after 100 more", before, now)
	}
}

func TestWrongExamples(t *testing.T) {
	m := open(t, tinySpec())
	good := Example{Task: 0, IDs: []int32{2, 3}, Teacher: []float32{0, 1}}
	with := func(change func(*Example)) []Example {
		e := good
		change(&e)
		return []Example{good, e}
	}
	soft := LossTarget{UseGold: true, UseTeacher: true, Lambda: 0.5}
	for name, c := range map[string]struct {
		examples []Example
		want     string
	}{
		"task":    {with(func(e *Example) { e.Task = 2 }), "example 1: task 2 does not exist"},
		"empty":   {with(func(e *Example) { e.IDs = nil }), "example 1 of task first has no token ids"},
		"long":    {with(func(e *Example) { e.IDs = make([]int32, 25) }), "has 25 token ids; the model takes at most 24"},
		"id":      {with(func(e *Example) { e.IDs = []int32{1, 60} }), "token id 60 at position 1 is outside the vocabulary of 60"},
		"class":   {with(func(e *Example) { e.Class = 2 }), "class 2 does not exist; the task has 2"},
		"teacher": {with(func(e *Example) { e.Teacher = nil }), "has 0 teacher logits"},
		"nan":     {with(func(e *Example) { e.Teacher = []float32{0, float32(math.NaN())} }), "a teacher logit is NaN"},
	} {
		if _, err := m.Backward(ctx, c.examples, soft, 2, 0); !errors.Is(err, ErrExample) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, lossTarget := range []LossTarget{{}, {UseGold: true, UseTeacher: true, Lambda: 1.5}, {UseGold: true, UseTeacher: true, Lambda: math.NaN()}} {
		if _, err := m.Backward(ctx, []Example{good}, lossTarget, 2, 0); !errors.Is(err, ErrSpec) {
			t.Errorf("%+v: got %v", lossTarget, err)
		}
	}
	if _, err := m.Backward(ctx, []Example{good}, soft, 0, 0); !errors.Is(err, ErrSpec) {
		t.Errorf("divisor 0: got %v", err)
	}
	if _, err := m.Update(math.NaN(), AdamW{}); !errors.Is(err, ErrSpec) {
		t.Errorf("learning rate NaN: got %v", err)
	}
	// An interrupted Backward leaves no half gradient.
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	gradientOf(t, m, []Example{good}, soft, 2, 0)
	if _, err := m.Backward(cancelled, []Example{good}, soft, 2, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	g, err := m.Gradient()
	if err != nil || slices.ContainsFunc(g, func(x float32) bool { return x != 0 }) {
		t.Errorf("gradient left after an error (%v)", err)
	}
}

func TestWrongSpecs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Spec)
		kind   error
	}{
		"no task":     {func(s *Spec) { s.Tasks = nil }, ErrSpec},
		"same task":   {func(s *Spec) { s.Tasks = []Task{{Name: "a", Classes: 2}, {Name: "a", Classes: 2}} }, ErrSpec},
		"one class":   {func(s *Spec) { s.Tasks = []Task{{Name: "a", Classes: 1}} }, ErrSpec},
		"dropout":     {func(s *Spec) { one := 1.0; s.Dropout = &one }, ErrSpec},
		"folder":      {func(s *Spec) { s.Dir = "testdata/none" }, weights.ErrNotFolder},
		"misshapen":   {func(s *Spec) { s.Dir = folderWith(t, "hidden_size", 32) }, weights.ErrTensors},
		"device":      {func(s *Spec) { s.Device = "tpu" }, torch.ErrNoDevice},
		"biases":      {func(s *Spec) { s.Tasks = []Task{{Name: "a", Classes: 2, Settings: kinds.Settings{Bias: []float64{1}}}} }, ErrSpec},
		"micro-batch": {func(s *Spec) { s.MicroBatch = -1 }, ErrSpec},
	} {
		spec := tinySpec()
		c.change(&spec)
		if m, err := New(ctx, spec); !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v, %v", name, m, err)
		}
	}
}

func TestUseAfterClose(t *testing.T) {
	m := open(t, tinySpec())
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Logits(ctx, []Example{{IDs: []int32{1}}}); !errors.Is(err, ErrClosed) {
		t.Errorf("Logits: %v", err)
	}
	if _, err := m.Gradient(); !errors.Is(err, ErrClosed) {
		t.Errorf("Gradient: %v", err)
	}
}
