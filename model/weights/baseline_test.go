package weights

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// baselineModel is a small system with two heads.
func baselineModel(t *testing.T, arch Arch) WriteSpec {
	t.Helper()
	source := t.TempDir()
	put(t, filepath.Join(source, "words.txt"), "<pad>\n<unk>\na\nb\n")
	c := NewBaseline(arch, 4, 3)
	spec := WriteSpec{Config: c, Tokenizer: source}
	tensor := func(name string, shape ...int64) Tensor {
		n := int64(1)
		for _, d := range shape {
			n *= d
		}
		t := Tensor{Name: name, Shape: shape, Data: make([]float32, n)}
		for i := range t.Data {
			t.Data[i] = float32(i) + float32(len(name))/10
		}
		return t
	}
	for _, want := range c.Tensors() {
		spec.Tensors = append(spec.Tensors, tensor(want.Name, want.Shape...))
	}
	for i, task := range []string{"empathy", "words"} { // a task may be called like a tensor
		spec.Heads = append(spec.Heads, Head{
			Task: task, Classes: []string{"no", "yes"}, Target: i == 0,
			Weight: tensor("weight", 2, int64(c.Sizes().Features)), Bias: tensor("bias", 2),
		})
	}
	return spec
}

func TestBaselinesAreReadBack(t *testing.T) {
	for _, arch := range []Arch{CNN, LSTM, BiLSTM, ConvLSTM} {
		t.Run(string(arch), func(t *testing.T) {
			spec := baselineModel(t, arch)
			f := write(t, spec)
			if diff := cmp.Diff(spec.Config, f.Config); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(byName(spec.Tensors), load(t, f), byBits); diff != "" {
				t.Error(diff)
			}
			heads, err := f.Heads()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spec.Heads, heads, byBits); diff != "" {
				t.Error(diff)
			}
			if _, err := f.CheckTeacher("empathy", "", []string{"yes", "no"}); err != nil {
				t.Error(err)
			}
			want := []string{"config.json", "heads.json", "heads.safetensors", "model.safetensors", "words.txt"}
			if diff := cmp.Diff(want, list(t, f.Dir)); diff != "" {
				t.Error(diff)
			}
			if text := f.Config.Describe(); !strings.Contains(text, string(arch)) {
				t.Errorf("it is described as %q", text)
			}
			// Without the list of heads it is an encoder.
			remove(t, filepath.Join(f.Dir, headsFile))
			if _, err := open(t, f.Dir).Heads(); !errors.Is(err, ErrNoHeads) {
				t.Errorf("got %v, want ErrNoHeads", err)
			}
		})
	}
}

func TestBaselineFoldersThatAreWrong(t *testing.T) {
	for name, c := range map[string]struct {
		arch  Arch
		key   string
		value any
		kind  error
		says  string
	}{
		"unknown":          {CNN, "model_type", "ringmaster-rnn", ErrUnsupported, "ringmaster-bilstm"},
		"no windows":       {CNN, "windows", []int{}, ErrConfig, "windows is empty"},
		"a window twice":   {CNN, "windows", []int{3, 3}, ErrConfig, "windows has 3"},
		"a window of none": {CNN, "windows", []int{0}, ErrConfig, "windows has 0"},
		"an even window":   {ConvLSTM, "windows", []int{4}, ErrConfig, "odd"},
		"no maps":          {CNN, "maps", 0, ErrConfig, "maps is 0"},
		"no units":         {LSTM, "hidden_size", -1, ErrConfig, "hidden_size is -1"},
		"dropout":          {LSTM, "dropout", 1, ErrConfig, "dropout is 1"},
		"a limit below 0":  {CNN, "head_norm_limit", -1, ErrConfig, "head_norm_limit is -1"},
		"a type":           {CNN, "maps", "many", ErrConfig, "key maps is a string, want a whole number"},
		"other maps":       {CNN, "maps", 7, ErrTensors, "convolution.3.weight has shape [100 3 3], want [7 3 3]"},
		"other vocabulary": {BiLSTM, "vocab_size", 5, ErrTensors, "words.weight has shape [4 3], want [5 3]"},
		"one more LSTM":    {BiLSTM, "model_type", "ringmaster-lstm", ErrTensors, "classes"}, // its heads see twice as much
	} {
		t.Run(name, func(t *testing.T) {
			f := write(t, baselineModel(t, c.arch))
			editConfig(t, f.Dir, func(config map[string]any) { config[c.key] = c.value })
			if _, err := Open(f.Dir); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v with %q", err, c.kind, c.says)
			}
		})
	}
	spec := baselineModel(t, CNN)
	if err := os.Remove(filepath.Join(spec.Tokenizer, "words.txt")); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(t.TempDir(), "x"), spec); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without words.txt: %v", err)
	}
}

// Tensors that no part of the system uses are named.
func TestBaselineIgnoresWhatItDoesNotKnow(t *testing.T) {
	f := write(t, baselineModel(t, LSTM))
	if len(f.Ignored) > 0 {
		t.Errorf("ignored %v", f.Ignored)
	}
	if diff := cmp.Diff([]string{"lstm.forward.input.bias", "lstm.forward.input.weight", "lstm.forward.recurrent.bias", "lstm.forward.recurrent.weight", "words.weight"},
		slices.Sorted(maps.Keys(load(t, f)))); diff != "" {
		t.Error(diff)
	}
}
