package model

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// adapted adds an adapter's update to y, what its map gives of x: both are [rows, A, D], or y as it is where the
// map has none. Two thin products are less work than the sum of the weights, and give no gradient of
// their full size.
func (e *bertPass) adapted(s *torch.Scope, name string, x, y *torch.Tensor) *torch.Tensor {
	if !e.lora.On() {
		return y
	}
	update := s.Linear(s.Linear(x, e.param(name+weights.LoRAA), nil), e.param(name+weights.LoRAB), nil)
	heads := int64(e.config.NumAttentionHeads)
	return s.Add(y, s.View(s.Scale(update, e.lora.Scale()), -1, heads, e.hidden()/heads))
}

// initialAdapter is an adapter before training, as PEFT has it: A is uniform within ±1/√in, B is zero, so
// that nothing is adapted yet. It depends on the seed and the name alone.
func initialAdapter(p Parameter, seed uint64) weights.Tensor {
	t := weights.Tensor{Name: p.Name, Shape: p.Shape, Data: make([]float32, p.Size())}
	if strings.HasSuffix(p.Name, weights.LoRAB) {
		return t
	}
	key := sha256.Sum256(append(binary.LittleEndian.AppendUint64([]byte("adapter\x00"), seed), p.Name...))
	r, bound := rand.New(rand.NewChaCha8(key)), 1/math.Sqrt(float64(p.Shape[1]))
	for i := range t.Data {
		t.Data[i] = float32((2*r.Float64() - 1) * bound)
	}
	return t
}
