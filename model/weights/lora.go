package weights

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// LoRA says how a training adapts the products of a BERT's attention without changing them: to each of the maps
// of queries and of values, W, it adds an update of low rank, Alpha/Rank · B·A. A is [Rank, in], B is [out, Rank]. All of the
// encoder below its pooler stays as it is. The zero value adapts nothing.
//
// Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021 (arXiv 2106.09685), section 4.
type LoRA struct {
	Rank  int     `json:"rank"`
	Alpha float64 `json:"alpha"`
}

// ErrLoRA: the encoder cannot be adapted so.
var ErrLoRA = errors.New("cannot be adapted by LoRA")

// The ends of the names of an adapted map's tensors, beside .weight and .bias, as PEFT has them.
const (
	LoRAA = ".lora_A.weight"
	LoRAB = ".lora_B.weight"
)

// IsLoRA says whether a part is one of an adapter.
func IsLoRA(name string) bool {
	return strings.HasSuffix(name, LoRAA) || strings.HasSuffix(name, LoRAB)
}

// On reports whether something is adapted.
func (l LoRA) On() bool { return l.Rank > 0 }

// Scale is what an update is multiplied by.
func (l LoRA) Scale() float64 { return l.Alpha / float64(l.Rank) }

// Check makes sure that an encoder can be adapted.
func (l LoRA) Check(c Config) error {
	bert, ok := c.(BertConfig)
	switch {
	case !l.On():
		return nil
	case !ok:
		return fmt.Errorf("a %s %w: it has no attention", c.Describe(), ErrLoRA)
	case l.Rank > bert.HiddenSize:
		return fmt.Errorf("an encoder of width %d %w of rank %d: a rank is at most the width", bert.HiddenSize, ErrLoRA, l.Rank)
	case !(l.Alpha > 0) || math.IsInf(l.Alpha, 0):
		return fmt.Errorf("the encoder %w: alpha is %g and must be more than 0", ErrLoRA, l.Alpha)
	}
	return nil
}

// tensors are the adapters' parts, layer by layer.
func (l LoRA) tensors(c BertConfig) (all []TensorSpec) {
	width, rank := int64(c.HiddenSize), int64(l.Rank)
	for i := range c.StoredLayers() {
		for _, of := range []string{"query", "value"} {
			name := fmt.Sprintf("bert.encoder.layer.%d.attention.self.%s", i, of)
			all = append(all, TensorSpec{name + LoRAA, []int64{rank, width}}, TensorSpec{name + LoRAB, []int64{width, rank}})
		}
	}
	return all
}

// Merged gives the tensors without adapters: each update is added to the weight that it adapts. The encoder
// computes the same with the sums as with the adapters, up to rounding.
func (l LoRA) Merged(tensors []Tensor) []Tensor {
	if !l.On() {
		return tensors
	}
	byName, merged := map[string]Tensor{}, make([]Tensor, 0, len(tensors))
	for _, t := range tensors {
		byName[t.Name] = t
	}
	for _, t := range tensors {
		if IsLoRA(t.Name) {
			continue
		}
		name := strings.TrimSuffix(t.Name, ".weight")
		if a, adapted := byName[name+LoRAA]; adapted && name != t.Name {
			t.Data = l.added(t, a, byName[name+LoRAB])
		}
		merged = append(merged, t)
	}
	return merged
}

// added is W + Scale · B·A, summed in float64.
func (l LoRA) added(w, a, b Tensor) []float32 {
	rows, columns := int(w.Shape[0]), int(w.Shape[1])
	sums, row := make([]float32, len(w.Data)), make([]float64, columns)
	for i := range rows {
		clear(row)
		for k := range l.Rank {
			factor := l.Scale() * float64(b.Data[i*l.Rank+k])
			for j := range columns {
				row[j] += factor * float64(a.Data[k*columns+j])
			}
		}
		for j := range columns {
			sums[i*columns+j] = float32(float64(w.Data[i*columns+j]) + row[j])
		}
	}
	return sums
}
