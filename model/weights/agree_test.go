package weights

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

// A folder whose model another program has trained further, and saved in its place, has heads of another encoder beside it: no task
// is answered by them.
func TestAModelThatWasTrainedElsewhereIsRefused(t *testing.T) {
	spec := smallModel(t)
	for name, c := range map[string]struct {
		change func(weight, bias *Tensor) []Tensor
		fine   bool
	}{
		"as it was written": {func(w, b *Tensor) []Tensor { return []Tensor{*w, *b} }, true},
		"an encoder alone":  {func(*Tensor, *Tensor) []Tensor { return nil }, true},
		"a step of training": {func(w, b *Tensor) []Tensor {
			w.Data[3] += 1e-5
			return []Tensor{*w, *b}
		}, false},
		"a bias": {func(w, b *Tensor) []Tensor {
			b.Data[1] = -b.Data[1] - 1
			return []Tensor{*w, *b}
		}, false},
		"other classes": {func(w, b *Tensor) []Tensor {
			w.Shape, w.Data = []int64{1, w.Shape[1]}, w.Data[:w.Shape[1]]
			b.Shape, b.Data = []int64{1}, b.Data[:1]
			return []Tensor{*w, *b}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := write(t, spec)
			var stored []Tensor
			for _, tensor := range load(t, f) {
				stored = append(stored, tensor)
			}
			heads, err := f.Heads()
			if err != nil {
				t.Fatal(err)
			}
			target := heads[1]
			weight, bias := rename(target.Weight, classifierWeight), rename(target.Bias, classifierBias)
			stored = append(stored, c.change(&weight, &bias)...)
			for i, tensor := range stored {
				stored[i].Name = f.Config.inFile(tensor.Name)
			}
			path := filepath.Join(f.Dir, safetensorsFile)
			if err := errors.Join(os.Remove(path), writeTensors(path, stored)); err != nil {
				t.Fatal(err)
			}
			again := open(t, f.Dir)
			_, reading := again.Heads()
			_, hashing := again.Hash()
			for _, err := range []error{reading, hashing} {
				if c.fine && err != nil || !c.fine && (!errors.Is(err, ErrTensors) || !strings.Contains(err.Error(), "another program")) {
					t.Error(err)
				}
			}
		})
	}
}

// A folder that was saved again in half the precision is still the model that was written.
func TestNumbersOfAShorterType(t *testing.T) {
	exact := Tensor{Shape: []int64{3}, Data: []float32{0.1, -3.14159, 1e-9}}
	rounded := Tensor{Shape: []int64{3}, Data: []float32{0.10009765625, -3.140625, 0}}
	for dtype, want := range map[safetensors.DType]bool{safetensors.BF16: true, safetensors.F16: true, safetensors.F32: false} {
		if got := sameNumbers(rounded, exact, dtype); got != want {
			t.Errorf("%v: %v, want %v", dtype, got, want)
		}
	}
	trained := Tensor{Shape: []int64{3}, Data: []float32{0.102, -3.14159, 1e-9}}
	if sameNumbers(trained, exact, safetensors.BF16) {
		t.Error("a step of training is taken for rounding")
	}
}
