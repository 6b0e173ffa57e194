package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nlpodyssey/safetensors"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// encoderReference is what testdata/encoders/make_encoders.py writes.
type encoderReference struct {
	Family   string // of transformers' classes
	Examples []struct {
		IDs, Masked, Words []int32
		Class              int
	}
	States          [][]summary
	Logits          [][]float64
	Loss            float64
	Gradients       map[string]summary
	MaskedLosses    []float64          `json:"masked_losses"`
	MaskedGradients map[string]summary `json:"masked_gradients"`
}

// learnt is how many of the examples gradients are of.
const learnt = 4

func (r encoderReference) examples(masked bool) []Example {
	var all []Example
	for _, e := range r.Examples {
		x := Example{IDs: e.IDs, Class: e.Class}
		if masked {
			x.Masked, x.Words = e.Masked, e.Words
		}
		all = append(all, x)
	}
	return all
}

// eachEncoder runs a test for every folder of testdata/encoders.
func eachEncoder(t *testing.T, test func(t *testing.T, dir string, r encoderReference)) {
	folders, err := filepath.Glob(filepath.Join("testdata", "encoders", "*", "reference.json"))
	if err != nil || len(folders) < len(weights.ModelTypes()) {
		t.Fatalf("%d folders for %d architectures, %v", len(folders), len(weights.ModelTypes()), err)
	}
	for _, file := range folders {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var r encoderReference
			readJSON(t, filepath.Join("encoders", filepath.Base(dir), "reference.json"), &r)
			test(t, dir, r)
		})
	}
}

func encoderSpec(t *testing.T, dir string) Spec {
	t.Helper()
	folder, err := weights.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	heads, err := folder.Heads()
	if err != nil {
		t.Fatal(err)
	}
	none := 0.0
	return Spec{Dir: dir, Tasks: []Task{{Name: "label", Classes: 3}}, Heads: heads, Dropout: &none, Device: "cpu", Threads: 1}
}

func maskedEncoderSpec(dir string) Spec {
	none := 0.0
	return Spec{Dir: dir, Tasks: []Task{{Name: "words"}}, MaskedLM: true, Dropout: &none, Device: "cpu", Threads: 1}
}

var toHiddenStates = cmpopts.EquateApprox(0, 1e-5)

// Hidden states and logits are transformers' to 1e-5, the masked positions' losses too.
func TestEncodersHaveTransformersStates(t *testing.T) {
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		m := open(t, encoderSpec(t, dir))
		if diff := cmp.Diff(r.States, statesOf(t, m, r.examples(true)), toHiddenStates); diff != "" {
			t.Errorf("hidden states (-transformers +ours): %s", diff)
		}
		logits, err := m.Logits(t.Context(), r.examples(false))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Logits, doubles(logits), toHiddenStates); diff != "" {
			t.Errorf("logits (-transformers +ours): %s", diff)
		}
		losses, err := open(t, maskedEncoderSpec(dir)).MaskedLosses(t.Context(), r.examples(true))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.MaskedLosses, losses, cmpopts.EquateApprox(1e-5, 1e-5)); diff != "" {
			t.Errorf("masked losses (-transformers +ours): %s", diff)
		}
	})
}

// Gradients are transformers' to 1e-4, whichever way the pass goes: as it is, with activations
// computed again, and as it is recorded on a GPU. They are compared under the names that a
// folder has, so writing is held to transformers' names too.
func TestEncodersHaveTransformersGradients(t *testing.T) {
	ways := map[string]func(*Spec){
		"plain":         func(*Spec) {},
		"checkpointing": func(s *Spec) { s.GradientCheckpointing = true },
		"recorded":      func(*Spec) { record = true },
	}
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		for way, set := range ways {
			defer func() { record = false }()
			spec := encoderSpec(t, dir)
			set(&spec)
			m := open(t, spec)
			loss, err := m.Backward(t.Context(), r.examples(false)[:learnt], LossTarget{UseGold: true}, 7, 0)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.Loss, loss.Sum[0], cmpopts.EquateApprox(1e-5, 0)); diff != "" {
				t.Errorf("%s: loss: %s", way, diff)
			}
			compareGradients(t, way, r.Gradients, namedGradient(t, m))

			masked := maskedEncoderSpec(dir)
			set(&masked)
			m = open(t, masked)
			if _, err := m.Backward(t.Context(), r.examples(true)[:learnt], LossTarget{UseGold: true}, 7, 0); err != nil {
				t.Fatal(err)
			}
			compareGradients(t, way+", masked", r.MaskedGradients, namedGradient(t, m))
			record = false
		}
	})
}

// A bucket is announced when its gradient is complete, not before: also of what layers share.
func TestEncodersAnnounceCompleteBuckets(t *testing.T) {
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		for _, checkpointing := range []bool{false, true} {
			spec := encoderSpec(t, dir)
			spec.GradientCheckpointing, spec.BucketBytes = checkpointing, 256
			m := open(t, spec)
			announced := make([]float32, m.TrainedSize())
			buckets := m.Buckets()
			ready := func(i int, gradient []float32) { copy(announced[buckets[i].Lo:], gradient) }
			_, err := m.BackwardObserved(t.Context(), r.examples(false), LossTarget{UseGold: true}, 7, 0, Observer{Ready: ready})
			if err != nil {
				t.Fatal(err)
			}
			gradient, err := m.Gradient()
			if err != nil {
				t.Fatal(err)
			}
			if !cmp.Equal(announced, gradient) {
				t.Errorf("checkpointing %v: a bucket was announced before its gradient was complete", checkpointing)
			}
		}
	})
}

// A folder that is written loads in transformers' own class, whole, and gives our numbers.
func TestEncodersLoadInTransformers(t *testing.T) {
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		t.Skip("SKIPPED: RINGMASTER_PEER_PYTHON is not set to a Python with torch and transformers; what is written is not loaded there")
	}
	eachEncoder(t, func(t *testing.T, dir string, r encoderReference) {
		m := open(t, encoderSpec(t, dir))
		out := written(t, m)
		logits, err := m.Logits(t.Context(), r.examples(false))
		if err != nil {
			t.Fatal(err)
		}
		checkInTransformers(t, python, "sequence", r.Family+"ForSequenceClassification", out, r, doubles(logits))

		spec := maskedEncoderSpec(dir)
		m = open(t, spec)
		losses, err := m.MaskedLosses(t.Context(), r.examples(true))
		if err != nil {
			t.Fatal(err)
		}
		var each [][]float64
		for _, x := range losses {
			each = append(each, []float64{x})
		}
		checkInTransformers(t, python, "masked", r.Family+"ForMaskedLM", written(t, m), r, each)
	})
}

func checkInTransformers(t *testing.T, python, kind, class, dir string, r encoderReference, want [][]float64) {
	t.Helper()
	var in bytes.Buffer
	type example struct {
		IDs    []int32 `json:"ids"`
		Masked []int32 `json:"masked"`
		Words  []int32 `json:"words"`
	}
	var all []example
	for _, e := range r.Examples {
		all = append(all, example{e.IDs, e.Masked, e.Words})
	}
	if err := json.NewEncoder(&in).Encode(all); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "encoders", "check_export.py"), kind, dir)
	var complaints strings.Builder
	command.Stdin, command.Stderr = &in, &complaints
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	var got struct {
		Class               string
		Missing, Unexpected []string
		Values              [][]float64
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	// The pooler of a classification head is of no use to a masked language model.
	if kind == "masked" {
		got.Unexpected = nil
	}
	if got.Class != class || len(got.Missing) > 0 || len(got.Unexpected) > 0 {
		t.Errorf("transformers loads a %s, want %s; missing %v, not used %v", got.Class, class, got.Missing, got.Unexpected)
	}
	if diff := cmp.Diff(want, got.Values, cmpopts.EquateApprox(1e-5, 1e-5)); diff != "" {
		t.Errorf("%s (-ours +transformers): %s", kind, diff)
	}
}

// written writes a model to a folder.
func written(t *testing.T, m *Model) string {
	t.Helper()
	tensors, err := m.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := m.copyOut(func(p Parameter) bool { return !isEncoder(p) })
	if err != nil {
		t.Fatal(err)
	}
	return writtenAs(t, m, tensors, func(name string) []float32 {
		return heads[slices.IndexFunc(heads, func(x weights.Tensor) bool { return x.Name == name })].Data
	})
}

// writtenAs writes the model's tensors, or others of their shapes.
func writtenAs(t *testing.T, m *Model, encoder []weights.Tensor, values func(name string) []float32) string {
	t.Helper()
	spec := weights.WriteSpec{Config: m.Config(), Tokenizer: t.TempDir(), Tensors: encoder}
	for _, name := range []string{"vocab.txt", "tokenizer.json"} {
		if err := os.WriteFile(filepath.Join(spec.Tokenizer, name), []byte("[PAD]\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if m.masked != nil {
		for _, s := range m.Config().(weights.BertConfig).MaskedHead() {
			spec.MaskedHead = append(spec.MaskedHead, weights.Tensor{Name: s.Name, Shape: s.Shape, Data: values(s.Name)})
		}
	} else {
		head := weights.Head{Task: "label", Classes: []string{"a", "b", "c"}, Target: true}
		features := int64(m.sizes.Features)
		head.Weight = weights.Tensor{Shape: []int64{3, features}, Data: values("head.label.weight")}
		head.Bias = weights.Tensor{Shape: []int64{3}, Data: values("head.label.bias")}
		spec.Heads = []weights.Head{head}
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := weights.Write(dir, spec); err != nil {
		t.Fatal(err)
	}
	return dir
}

// namedGradient gives the gradient by the names that tensors have in a folder.
func namedGradient(t *testing.T, m *Model) map[string]summary {
	t.Helper()
	gradient, err := m.Gradient()
	if err != nil {
		t.Fatal(err)
	}
	values := func(name string) []float32 {
		for _, p := range m.Parameters() {
			if p.Name == name {
				return gradient[p.Offset:p.End()]
			}
		}
		t.Fatalf("there is no parameter %s", name)
		return nil
	}
	var encoder []weights.Tensor
	for _, p := range m.Parameters() {
		if isEncoder(p) {
			encoder = append(encoder, weights.Tensor{Name: p.Name, Shape: p.Shape, Data: values(p.Name)})
		}
	}
	dir := writtenAs(t, m, encoder, values)
	text, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Deserialize(text)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]summary{}
	for _, x := range file.Tensors() {
		values := make([]float32, x.TensorView.DataLen()/4)
		if _, err := binary.Decode(x.TensorView.Data(), binary.LittleEndian, values); err != nil {
			t.Fatal(err)
		}
		all[x.Name] = summaryOf(values)
	}
	return all
}

func compareGradients(t *testing.T, way string, want, got map[string]summary) {
	t.Helper()
	for name, w := range want {
		g, ok := got[name]
		if !ok {
			t.Errorf("%s: there is no gradient of %s", way, name)
			continue
		}
		if diff := cmp.Diff(w, g, cmpopts.EquateApprox(1e-4, 1e-4)); diff != "" {
			t.Errorf("%s: gradient of %s (-transformers +ours): %s", way, name, diff)
		}
	}
	if len(want) < 20 {
		t.Errorf("%s: only %d gradients were compared", way, len(want))
	}
}

// statesOf gives the hidden states at the masked positions.
func statesOf(t *testing.T, m *Model, examples []Example) [][]summary {
	t.Helper()
	all := make([][]summary, len(examples))
	hidden := m.sizes.Features
	for _, b := range m.batches(examples) {
		err := m.run(torch.NoGrad, func(s *torch.Scope) error {
			p := m.pass(b, dropout{})
			ids := s.To(s.Ints(b.ids(), p.rows()*p.length()), m.device)
			e := m.encoder.(bert).padded(s, p)
			x := e.layers(s, s.IndexSelect(m.words(), 0, ids), e.maskedPlaces(s))
			values := make([]float32, len(b.words())*hidden)
			s.Read(values, x)
			for i, example := range b.examples {
				for range example.Masked {
					all[b.origin[i]] = append(all[b.origin[i]], summaryOf(values[:hidden]))
					values = values[hidden:]
				}
			}
			return s.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func summaryOf(values []float32) summary {
	var s summary
	s.Step = max(1, len(values)/5)
	for i, x := range values {
		s.Norm += float64(x) * float64(x)
		s.Sum += float64(x)
		if i%s.Step == 0 {
			s.Values = append(s.Values, float64(x))
		}
	}
	s.Norm = math.Sqrt(s.Norm)
	return s
}

func doubles(rows [][]float32) [][]float64 {
	all := make([][]float64, len(rows))
	for i, row := range rows {
		for _, x := range row {
			all[i] = append(all[i], float64(x))
		}
	}
	return all
}
