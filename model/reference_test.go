package model

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// The files that bench/peer/model_reference.py writes.
type reference struct {
	Tasks []struct {
		Name    string
		Classes int
	}
	Batches  [][]refExample
	Logits   map[string][][][]float32 // activation, batch, example
	Gradient refGradient
	Training refTraining
}

type refExample struct {
	Task    int
	IDs     []int32
	Class   int
	Teacher []float32
}

type refGradient struct {
	Lambda, Divisor float64
	Batches         []int
	Losses          []float64
	Parameters      map[string]summary
}

type refTraining struct {
	Clip, Decay float64
	Steps       []struct {
		Lambda, LR, Norm float64
		Batch            int
		Losses           []float64
	}
	Parameters map[string]summary
}

// summary is what the reference keeps of a tensor: values[i] is its element i·step.
type summary struct {
	Norm, Sum float64
	Step      int
	Values    []float64
}

func readJSON(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

func tinyReference(t *testing.T) reference {
	t.Helper()
	var r reference
	readJSON(t, "tiny.json", &r)
	return r
}

func examplesOf(batch []refExample) []Example {
	var all []Example
	for _, e := range batch {
		all = append(all, Example{Task: e.Task, IDs: e.IDs, Class: e.Class, Teacher: e.Teacher})
	}
	return all
}

var referenceTasks = []Task{{Name: "first", Classes: 2}, {Name: "second", Classes: 3}}

// formulaHeads are the heads of the reference, by the same formula.
func formulaHeads(hidden int) []weights.Head {
	var heads []weights.Head
	for _, task := range referenceTasks {
		w := weights.Tensor{Shape: []int64{int64(task.Classes), int64(hidden)}}
		b := weights.Tensor{Shape: []int64{int64(task.Classes)}}
		for c := range task.Classes {
			for h := range hidden {
				w.Data = append(w.Data, float32(float64((7*c+3*h)%11-5)/50))
			}
			b.Data = append(b.Data, float32((float64(c)-0.5)/10))
		}
		heads = append(heads, weights.Head{Task: task.Name, Weight: w, Bias: b})
	}
	return heads
}

func tinySpec() Spec {
	none := 0.0
	return Spec{Dir: filepath.Join("testdata", "tiny"), Tasks: referenceTasks, Heads: formulaHeads(16), Dropout: &none, Device: "cpu", Threads: 1, Seed: 1}
}

// TestMain checks that after all models are closed no tensor is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := torch.Live(); left != 0 && code == 0 {
		fmt.Printf("FAIL: %d tensors are left after all tests\n", left)
		code = 1
	}
	os.Exit(code)
}

// record makes open's models run their passes as they are recorded on a GPU.
var record bool

// open builds a model and closes it when the test ends. RINGMASTER_TEST_DEVICE (as cuda) puts
// it on another device than the CPU.
func open(t testing.TB, spec Spec) *Model {
	t.Helper()
	if d := os.Getenv("RINGMASTER_TEST_DEVICE"); d != "" && spec.Device == "cpu" {
		spec.Device = d
	}
	m, err := New(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	m.recordOnHost = record
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func within(tolerance float64) cmp.Option { return cmpopts.EquateApprox(0, tolerance) }

func TestTinyLogits(t *testing.T) {
	r := tinyReference(t)
	for act, want := range r.Logits {
		t.Run(act, func(t *testing.T) {
			spec := tinySpec()
			spec.Dir = folderWith(t, "hidden_act", act)
			for _, spec.MicroBatch = range []int{0, 1, 3} {
				m := open(t, spec)
				for i, batch := range r.Batches {
					got, err := m.Logits(context.Background(), examplesOf(batch))
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want[i], got, within(1e-5)); diff != "" {
						t.Errorf("micro-batch %d, batch %d: %s", spec.MicroBatch, i, diff)
					}
				}
			}
		})
	}
}

// folderWith is the tiny folder with another value in its config.json.
func folderWith(t *testing.T, key string, value any) string {
	t.Helper()
	dir := t.TempDir()
	from := filepath.Join("testdata", "tiny")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	readJSON(t, "tiny/config.json", &config)
	config[key] = value
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTinyGradient(t *testing.T) {
	r := tinyReference(t)
	var examples []Example
	for _, i := range r.Gradient.Batches {
		examples = append(examples, examplesOf(r.Batches[i])...)
	}
	lossTarget := LossTarget{Lambda: r.Gradient.Lambda, UseGold: true, UseTeacher: true}
	for _, microBatch := range []int{0, 2} {
		spec := tinySpec()
		spec.MicroBatch = microBatch
		m := open(t, spec)
		loss, err := m.Backward(context.Background(), examples, lossTarget, r.Gradient.Divisor, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Gradient.Losses, loss.Sum, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
			t.Error("losses:", diff)
		}
		gradient, err := m.Gradient()
		if err != nil {
			t.Fatal(err)
		}
		compareSummaries(t, m, r.Gradient.Parameters, gradient, 1e-5, 2e-8)
	}
}

// compareSummaries holds a flat vector to the reference: values and norms within
// relative times the parameter's norm plus absolute.
func compareSummaries(t *testing.T, m *Model, want map[string]summary, flat []float32, relative, absolute float64) {
	t.Helper()
	compareParts(t, m.Parameters(), want, flat, relative, absolute)
}

// compareParts is compareSummaries for a vector of some parameters.
func compareParts(t *testing.T, parts []Parameter, want map[string]summary, flat []float32, relative, absolute float64) {
	t.Helper()
	if len(want) != len(parts) {
		t.Errorf("reference has %d parameters, the model %d", len(want), len(parts))
	}
	for _, p := range parts {
		// A key's bias adds the same to all scores of a query, so its true gradient is
		// zero; AdamW turns what rounding leaves of it into steps of any sign.
		if strings.HasSuffix(p.Name, ".key.bias") {
			continue
		}
		w := want[p.Name]
		part := flat[p.Offset:p.End()]
		var got summary
		squares := 0.0
		for i, x := range part {
			squares += float64(x) * float64(x)
			got.Sum += float64(x)
			if w.Step > 0 && i%w.Step == 0 {
				got.Values = append(got.Values, float64(x))
			}
		}
		got.Norm, got.Step = math.Sqrt(squares), w.Step
		tolerance := relative*w.Norm + absolute
		sums := math.Abs(got.Sum-w.Sum) / math.Sqrt(float64(len(part)))
		if diff := cmp.Diff(w, got, cmpopts.IgnoreFields(summary{}, "Sum"), within(tolerance)); diff != "" || sums > tolerance {
			t.Errorf("%s (tolerance %g, sums differ by %g):\n%s", p.Name, tolerance, sums, diff)
		}
	}
}

func TestTinyTraining(t *testing.T) {
	r := tinyReference(t)
	m := open(t, tinySpec())
	clipped := 0
	for i, step := range r.Training.Steps {
		examples := examplesOf(r.Batches[step.Batch])
		lossTarget := LossTarget{Lambda: step.Lambda, UseGold: true, UseTeacher: true}
		loss, err := m.Backward(context.Background(), examples, lossTarget, float64(len(examples)), 0)
		if err != nil {
			t.Fatal(err)
		}
		norm, err := m.Update(step.LR, AdamW{WeightDecay: r.Training.Decay, ClipNorm: r.Training.Clip})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{step.Losses, step.Norm}, []any{loss.Sum, norm}, cmpopts.EquateApprox(2e-5, 0)); diff != "" {
			t.Errorf("step %d: %s", i, diff)
		}
		if norm > r.Training.Clip {
			clipped++
		}
	}
	if clipped == 0 || clipped == len(r.Training.Steps) {
		t.Errorf("%d steps clip; the reference should have both kinds", clipped)
	}
	st, err := m.State()
	if err != nil {
		t.Fatal(err)
	}
	compareSummaries(t, m, r.Training.Parameters, st.Parameters, 2e-6, 2e-6)
}

func minilmFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("RINGMASTER_MINILM")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skip("SKIPPED: there is no cache folder, so no MiniLM; set RINGMASTER_MINILM to its folder")
		}
		dir = filepath.Join(cache, "ringmaster", "models", "minilm")
	}
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		t.Skipf("SKIPPED: no MiniLM in %s; fetch it with `ringmaster model fetch minilm` or set RINGMASTER_MINILM", dir)
	}
	return dir
}

func TestMiniLMLogits(t *testing.T) {
	var r struct {
		Examples []refExample
		Logits   [][]float32
	}
	readJSON(t, "minilm.json", &r)
	spec := tinySpec()
	spec.Dir, spec.Heads, spec.MicroBatch = minilmFolder(t), formulaHeads(384), 4
	got, err := open(t, spec).Logits(context.Background(), examplesOf(r.Examples))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Logits, got, within(1e-5)); diff != "" {
		t.Error(diff)
	}
}
