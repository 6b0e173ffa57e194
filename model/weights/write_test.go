package weights

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// byBits compares tensors to the last bit, NaNs and signed zeros too, whatever their names.
var byBits = cmp.Comparer(func(a, b Tensor) bool {
	return slices.Equal(a.Shape, b.Shape) && slices.EqualFunc(a.Data, b.Data, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y)
	})
})

func byName(tensors []Tensor) map[string]Tensor {
	all := map[string]Tensor{}
	for _, t := range tensors {
		all[t.Name] = t
	}
	return all
}

func write(t *testing.T, spec WriteSpec) *Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := Write(dir, spec); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

func TestWrittenIsRead(t *testing.T) {
	spec := smallModel(t)
	f := write(t, spec)
	if diff := cmp.Diff(byName(spec.Tensors), load(t, f), byBits); diff != "" {
		t.Errorf("tensors (-want +got):\n%s", diff)
	}
	heads, err := f.Heads()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spec.Heads, heads, byBits); diff != "" {
		t.Errorf("heads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"none", "empathy"}, bertOf(t, f).Classes()); diff != "" {
		t.Errorf("config.json's classes are not the target's: %s", diff)
	}

	// What another program sees: the target's head, in config.json and model.safetensors alone.
	for _, file := range []string{headsFile, headsTensorsFile} {
		remove(t, filepath.Join(f.Dir, file))
	}
	plain, err := open(t, f.Dir).Heads()
	if err != nil {
		t.Fatal(err)
	}
	want := spec.Heads[1]
	want.Task = ""
	if diff := cmp.Diff([]Head{want}, plain, byBits); diff != "" {
		t.Errorf("classifier (-want +got):\n%s", diff)
	}
}

func TestWriteLeavesOnlyTheFolder(t *testing.T) {
	spec := smallModel(t)
	parent := t.TempDir()
	dir := filepath.Join(parent, "model")
	for _, overwrite := range []bool{false, true} {
		spec.Overwrite = overwrite
		if err := Write(dir, spec); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"model"}, list(t, parent)); diff != "" {
			t.Errorf("beside the folder: %s", diff)
		}
	}
	want := []string{"config.json", "heads.json", "heads.safetensors", "model.safetensors", "tokenizer_config.json", "vocab.txt"}
	if diff := cmp.Diff(want, list(t, dir)); diff != "" {
		t.Errorf("in the folder: %s", diff)
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteRefusesWhatIsThere(t *testing.T) {
	spec := smallModel(t)
	dir := write(t, spec).Dir
	if err := Write(dir, spec); !errors.Is(err, ErrExists) {
		t.Errorf("a second Write gave %v, want ErrExists", err)
	}

	notes := t.TempDir()
	put(t, filepath.Join(notes, "notes.txt"), "mine")
	spec.Overwrite = true
	if err := Write(notes, spec); !errors.Is(err, ErrExists) {
		t.Errorf("overwriting a folder of notes gave %v, want ErrExists", err)
	}
	if diff := cmp.Diff([]string{"notes.txt"}, list(t, notes)); diff != "" {
		t.Error(diff)
	}
}

func TestFailedWriteKeepsTheOldFolder(t *testing.T) {
	spec := smallModel(t)
	dir := write(t, spec).Dir
	before, err := open(t, dir).Hash()
	if err != nil {
		t.Fatal(err)
	}
	spec.Overwrite, spec.Tokenizer = true, t.TempDir() // without vocab.txt
	if err := Write(dir, spec); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Write without vocab.txt gave %v", err)
	}
	if after, err := open(t, dir).Hash(); err != nil || after != before {
		t.Errorf("the old folder has changed (%v)", err)
	}
	if diff := cmp.Diff([]string{"model"}, list(t, filepath.Dir(dir))); diff != "" {
		t.Errorf("beside the folder: %s", diff)
	}
}

func TestWriteRefusesHalfAModel(t *testing.T) {
	for name, spoil := range map[string]func(*WriteSpec){
		"missing tensor":   func(s *WriteSpec) { s.Tensors = s.Tensors[1:] },
		"foreign tensor":   func(s *WriteSpec) { s.Tensors = append(s.Tensors, Tensor{Name: "x"}) },
		"misshapen tensor": func(s *WriteSpec) { s.Tensors[0].Shape = []int64{1, 2, 3} },
		"too few numbers":  func(s *WriteSpec) { s.Tensors[0].Data = nil },
		"no target":        func(s *WriteSpec) { s.Heads[1].Target = false },
		"two targets":      func(s *WriteSpec) { s.Heads[0].Target = true },
		"a task twice":     func(s *WriteSpec) { s.Heads[0].Task = "empathy" },
		"a class twice":    func(s *WriteSpec) { s.Heads[1].Classes = []string{"a", "a"} },
		"one class":        func(s *WriteSpec) { s.Heads[1].Classes = []string{"a"} },
		"misshapen head":   func(s *WriteSpec) { s.Heads[2].Classes = []string{"joy", "fear"} },
		"no config":        func(s *WriteSpec) { s.Config = nil },
		"wrong config":     func(s *WriteSpec) { s.change(func(c *BertConfig) { c.HiddenSize = 16 }) },
	} {
		spec := smallModel(t)
		spoil(&spec)
		dir := filepath.Join(t.TempDir(), "model")
		if err := Write(dir, spec); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: got %v, want ErrIncomplete", name, err)
		}
		if diff := cmp.Diff([]string(nil), list(t, filepath.Dir(dir))); diff != "" {
			t.Errorf("%s left something: %s", name, diff)
		}
	}
}

func TestEncoderAlone(t *testing.T) {
	spec := smallModel(t)
	spec.Heads = nil
	f := write(t, spec)
	if _, err := f.Heads(); !errors.Is(err, ErrNoHeads) {
		t.Errorf("Heads gave %v, want ErrNoHeads", err)
	}
	if diff := cmp.Diff([]string{"BertModel"}, bertOf(t, f).Architectures); diff != "" {
		t.Error(diff)
	}
}

// Any model of any shape comes back bit for bit, with any names of tasks and classes.
func TestAnyModelSurvives(t *testing.T) {
	tokenizer, root := testFolder("classifier-f32"), t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		config := DefaultBertConfig()
		size := rapid.IntRange(1, 5)
		config.NumAttentionHeads = size.Draw(t, "attention heads")
		config.HiddenSize = config.NumAttentionHeads * size.Draw(t, "head width")
		config.NumHiddenLayers = rapid.IntRange(1, 2).Draw(t, "layers")
		config.IntermediateSize = size.Draw(t, "intermediate")
		config.VocabSize = size.Draw(t, "vocabulary")
		config.MaxPositionEmbeddings = size.Draw(t, "positions")
		config.LayerNormEps = rapid.Float64Range(1e-300, 1).Draw(t, "epsilon")

		tensor := func(name string, shape ...int64) Tensor {
			n := 1
			for _, d := range shape {
				n *= int(d)
			}
			// Few draws, many values: any bits may start a row of numbers.
			bits := rapid.Uint32().Draw(t, name)
			data := make([]float32, n)
			for i := range data {
				x := bits + uint32(i)*2654435761
				if x&0x7f800000 == 0x7f800000 { // not finite, which is refused
					x &^= 0x00800000
				}
				data[i] = math.Float32frombits(x)
			}
			return Tensor{Name: name, Shape: shape, Data: data}
		}
		spec := WriteSpec{Config: config, Tokenizer: tokenizer}
		for _, want := range config.Tensors() {
			spec.Tensors = append(spec.Tensors, tensor(want.Name, want.Shape...))
		}
		for i, task := range rapid.SliceOfNDistinct(rapid.StringMatching(`[^\x00]{1,6}`), 1, 3, rapid.ID).Draw(t, "tasks") {
			classes := rapid.SliceOfNDistinct(rapid.String(), 2, 4, rapid.ID).Draw(t, "classes")
			n := int64(len(classes))
			spec.Heads = append(spec.Heads, Head{
				Task: task, Classes: classes, Target: i == 0,
				Weight: tensor("weight", n, int64(config.HiddenSize)), Bias: tensor("bias", n),
			})
		}
		dir := filepath.Join(root, fmt.Sprint(runs))
		if err := Write(dir, spec); err != nil {
			t.Fatal(err)
		}
		f, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		tensors, err := f.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		heads, err := f.Heads()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(byName(spec.Tensors), maps.Clone(tensors), byBits); diff != "" {
			t.Fatalf("tensors: %s", diff)
		}
		if diff := cmp.Diff(spec.Heads, heads, byBits); diff != "" {
			t.Fatalf("heads: %s", diff)
		}
		if got := bertOf(t, f).LayerNormEps; got != config.LayerNormEps {
			t.Fatalf("layer_norm_eps %v became %v", config.LayerNormEps, got)
		}
	})
}
