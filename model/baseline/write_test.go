package baseline

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model/weights"
)

func specOf(t *testing.T, arch weights.Arch, seed uint64) Spec {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "words.txt"), []byte("<pad>\n<unk>\na\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := Spec{Config: weights.NewBaseline(arch, 3, 4), Seed: seed, Tokenizer: dir}
	for i := range 12 {
		s.Words = append(s.Words, float32(i))
	}
	return s
}

func TestWrittenFolders(t *testing.T) {
	for arch, features := range map[weights.Arch]int{weights.CNN: 300, weights.LSTM: 128, weights.BiLSTM: 256, weights.ConvLSTM: 128} {
		t.Run(string(arch), func(t *testing.T) {
			spec := specOf(t, arch, 1)
			dir := filepath.Join(t.TempDir(), "base")
			if err := Write(dir, spec); err != nil {
				t.Fatal(err)
			}
			f, err := weights.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(weights.Config(spec.Config), f.Config); diff != "" {
				t.Error(diff)
			}
			if got := f.Config.Sizes(); got.Features != features || got.Vocabulary != 3 || got.WordWidth != 4 {
				t.Errorf("%+v, want %d features", got, features)
			}
			loaded, err := f.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tensors(spec) {
				if diff := cmp.Diff(want, loaded[want.Name]); diff != "" {
					t.Errorf("%s: %s", want.Name, diff)
				}
			}
			if diff := cmp.Diff(spec.Words, loaded[weights.WordVectors].Data); diff != "" {
				t.Error("word vectors:", diff)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "words.txt")); err != nil || !strings.HasSuffix(string(text), "a\n") {
				t.Errorf("words.txt is %q, %v", text, err)
			}
		})
	}
}

// The paper's numbers.
func TestSizesOfThePaper(t *testing.T) {
	cnn := weights.NewBaseline(weights.CNN, 3, 4)
	if diff := cmp.Diff([]int{3, 4, 5}, cnn.Windows); diff != "" || cnn.Maps != 100 || cnn.Head().NormLimit != 3 || cnn.Head().Dropout != 0.5 {
		t.Errorf("%+v", cnn)
	}
	for _, arch := range []weights.Arch{weights.LSTM, weights.BiLSTM} {
		if c := weights.NewBaseline(arch, 3, 4); c.HiddenSize != 128 || c.Head().Dropout != 0.5 || c.Head().NormLimit != 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestFirstValues(t *testing.T) {
	for _, arch := range []weights.Arch{weights.CNN, weights.ConvLSTM} {
		a, again, b := tensors(specOf(t, arch, 1)), tensors(specOf(t, arch, 1)), tensors(specOf(t, arch, 2))
		if diff := cmp.Diff(a, again); diff != "" {
			t.Errorf("%s: the same seed gives other values: %s", arch, diff)
		}
		for i, tensor := range a {
			switch {
			case tensor.Name == weights.WordVectors:
			case strings.HasSuffix(tensor.Name, ".input.bias"):
				quarter := len(tensor.Data) / 4
				for at, x := range tensor.Data {
					if want := at/quarter == 1; (x == 1) != want || x != 0 && !want {
						t.Errorf("%s[%d] is %v", tensor.Name, at, x)
					}
				}
			case strings.HasSuffix(tensor.Name, ".bias"):
				for _, x := range tensor.Data {
					if x != 0 {
						t.Errorf("%s begins with %v", tensor.Name, x)
					}
				}
			default:
				sees := tensor.Shape[1]
				if len(tensor.Shape) == 3 {
					sees *= tensor.Shape[2]
				}
				if strings.HasPrefix(tensor.Name, "lstm.") {
					sees = 128
				}
				bound, squares := 1/math.Sqrt(float64(sees)), 0.0
				for _, x := range tensor.Data {
					if math.Abs(float64(x)) > bound {
						t.Fatalf("%s has %v, the bound is %v", tensor.Name, x, bound)
					}
					squares += float64(x) * float64(x)
				}
				if of := squares / float64(len(tensor.Data)) / (bound * bound / 3); of < 0.9 || of > 1.1 {
					t.Errorf("%s has %.2f of a uniform distribution's variance", tensor.Name, of)
				}
				if cmp.Equal(tensor.Data, b[i].Data) {
					t.Errorf("%s: another seed gives the same values", tensor.Name)
				}
			}
		}
	}
}
