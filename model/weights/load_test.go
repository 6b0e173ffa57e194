package weights

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// expectation is what testdata/make_folders.py wrote about one folder.
type expectation struct {
	Tensors map[string][3]float64 `json:"tensors"` // first, last, sum, by the file's own names
	Logits  [][]float64           `json:"logits"`
}

func expected(t *testing.T, folder string) expectation {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	var e expectation
	if err := json.Unmarshal(all[folder], &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func testFolder(name string) string { return filepath.Join("testdata", name) }

func open(t *testing.T, dir string, opts ...Option) *Folder {
	t.Helper()
	f, err := Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func load(t *testing.T, f *Folder) map[string]Tensor {
	t.Helper()
	tensors, err := f.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

// todaysName is the canonical name, worked out apart from the code under test.
func todaysName(name string) string {
	name = strings.NewReplacer("LayerNorm.gamma", "LayerNorm.weight", "LayerNorm.beta", "LayerNorm.bias").Replace(name)
	if !strings.HasPrefix(name, "bert.") {
		name = "bert." + name
	}
	return name
}

func TestLoadAgreesWithTorch(t *testing.T) {
	for folder, opts := range map[string][]Option{
		"classifier-f32": nil, "encoder-f16": nil, "encoder-bf16": nil, "encoder-f64": nil,
		"pickle-zip": nil, "pickle-legacy": nil, "sharded-no-pooler": {AllowNoPooler()},
		"head-BertForMaskedLM": {AllowNoPooler()}, "head-BertForPreTraining": nil, "head-BertForNextSentencePrediction": nil,
		"head-BertForTokenClassification": {AllowNoPooler()}, "head-BertForQuestionAnswering": {AllowNoPooler()},
	} {
		t.Run(folder, func(t *testing.T) {
			tensors := load(t, open(t, testFolder(folder), opts...))
			checked := 0
			for name, want := range expected(t, folder).Tensors {
				if strings.HasPrefix(name, "classifier.") || strings.HasPrefix(name, "cls.") {
					continue
				}
				got, ok := tensors[todaysName(name)]
				if !ok {
					t.Errorf("%s was not loaded", name)
					continue
				}
				checked++
				sum := 0.0
				for _, x := range got.Data {
					sum += float64(x)
				}
				first, last := float64(got.Data[0]), float64(got.Data[len(got.Data)-1])
				if first != want[0] || last != want[1] || math.Abs(sum-want[2]) > 1e-9 {
					t.Errorf("%s: first, last, sum are %v, %v, %v; torch has %v", name, first, last, sum, want)
				}
				if got.Name != todaysName(name) {
					t.Errorf("tensor %s calls itself %s", todaysName(name), got.Name)
				}
			}
			if checked != len(tensors) || checked < 37 {
				t.Errorf("checked %d of %d tensors", checked, len(tensors))
			}
		})
	}
}

func TestPoolerIsOptionalOnlyWhenAllowed(t *testing.T) {
	_, err := Open(testFolder("sharded-no-pooler"))
	if !errors.Is(err, ErrTensors) || !strings.Contains(err.Error(), "tensor pooler.dense.weight is missing") {
		t.Errorf("without AllowNoPooler: %v", err)
	}
	if f := open(t, testFolder("sharded-no-pooler"), AllowNoPooler()); f.HasPooler {
		t.Error("HasPooler is true for a folder without one")
	}
	if f := open(t, testFolder("encoder-f16")); !f.HasPooler {
		t.Error("HasPooler is false for a folder with one")
	}
}

func TestUselessTensorsAreNamed(t *testing.T) {
	f := open(t, testFolder("encoder-f16"))
	if got := strings.Join(f.Ignored, " "); got != "cls.predictions.bias embeddings.position_ids" {
		t.Errorf("Ignored is %q", got)
	}
}

// Every binary16 value against its definition, computed in float64.
func TestHalfToFloatIsExact(t *testing.T) {
	for bits := range 1 << 16 {
		exponent, fraction := (bits>>10)&31, float64(bits&1023)
		var want float64
		switch exponent {
		case 0:
			want = math.Ldexp(fraction, -24)
		case 31:
			want = math.Inf(1)
			if fraction != 0 {
				want = math.NaN()
			}
		default:
			want = math.Ldexp(1024+fraction, exponent-25)
		}
		if bits&0x8000 != 0 {
			want = -want
		}
		got := float64(halfToFloat(uint16(bits)))
		if math.IsNaN(want) != math.IsNaN(got) || !math.IsNaN(want) && (got != want || math.Signbit(got) != math.Signbit(want)) {
			t.Fatalf("half 0x%04x is %v, want %v", bits, got, want)
		}
	}
}

func TestLoadStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open(t, testFolder("encoder-f16")).Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Load gave %v, want context.Canceled", err)
	}
}

func TestHeadOfAnotherProgram(t *testing.T) {
	heads, err := open(t, testFolder("classifier-f32")).Heads()
	if err != nil {
		t.Fatal(err)
	}
	if len(heads) != 1 || !heads[0].Target || heads[0].Task != "" || strings.Join(heads[0].Classes, " ") != "none empathy unsure" {
		t.Fatalf("heads are %+v", heads)
	}
	want := expected(t, "classifier-f32").Tensors
	if w := heads[0].Weight.Data; float64(w[0]) != want["classifier.weight"][0] || float64(w[23]) != want["classifier.weight"][1] {
		t.Errorf("classifier.weight is %v, want first and last %v", w, want["classifier.weight"])
	}
	if b := heads[0].Bias.Data; float64(b[0]) != want["classifier.bias"][0] || float64(b[2]) != want["classifier.bias"][1] {
		t.Errorf("classifier.bias is %v, want first and last %v", b, want["classifier.bias"])
	}
	if _, err := open(t, testFolder("encoder-f16")).Heads(); !errors.Is(err, ErrNoHeads) {
		t.Errorf("an encoder's Heads gave %v, want ErrNoHeads", err)
	}
}
