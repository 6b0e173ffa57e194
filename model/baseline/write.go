package baseline

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"

	"ringmaster/model/weights"
)

// Spec says what folder to make.
type Spec struct {
	Config weights.BaselineConfig
	// Words is the matrix of word vectors, [vocabulary, width].
	Words []float32
	Seed  uint64
	// Tokenizer is the folder whose words.txt is copied.
	Tokenizer string
}

// Write makes the folder atomically; it may replace another model folder. Errors are those of [weights.Write].
func Write(dir string, spec Spec) error {
	return weights.Write(dir, weights.WriteSpec{Config: spec.Config, Tensors: tensors(spec), Tokenizer: spec.Tokenizer, Overwrite: true})
}

// tensors are the encoder's initial weights, in the order of the configuration's.
func tensors(spec Spec) []weights.Tensor {
	var all []weights.Tensor
	for _, t := range spec.Config.Tensors() {
		values := spec.Words
		if t.Name != weights.WordVectors {
			values = first(spec, t)
		}
		all = append(all, weights.Tensor{Name: t.Name, Shape: t.Shape, Data: values})
	}
	return all
}

// first are the initial weights of a convolution's or an LSTM's tensor.
func first(spec Spec, t weights.TensorSpec) []float32 {
	hidden := spec.Config.HiddenSize
	n, sees := 1, 1
	for i, d := range t.Shape {
		n *= int(d)
		if i > 0 {
			sees *= int(d)
		}
	}
	values := make([]float32, n)
	switch {
	case strings.HasSuffix(t.Name, ".input.bias"):
		for i := hidden; i < 2*hidden; i++ { // the forget gates' quarter
			values[i] = 1
		}
		return values
	case strings.HasSuffix(t.Name, ".bias"):
		return values
	case strings.HasPrefix(t.Name, "lstm."):
		sees = hidden
	}
	key := sha256.Sum256(append(binary.LittleEndian.AppendUint64([]byte("baseline\x00"), spec.Seed), t.Name...))
	random, bound := rand.New(rand.NewChaCha8(key)), 1/math.Sqrt(float64(sees))
	for i := range values {
		values[i] = float32((2*random.Float64() - 1) * bound)
	}
	return values
}
