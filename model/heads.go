package model

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"ringmaster/model/weights"
)

// headsFor gives the values of all heads' parameters, by name: the classification heads', or
// the masked-language-model head's.
func headsFor(ctx context.Context, spec Spec, folder *weights.Folder) (map[string]weights.Tensor, *maskedLM, error) {
	if spec.MaskedLM {
		return maskedHead(ctx, spec, folder)
	}
	heads, err := headTensors(spec, folder.Config)
	return heads, nil, err
}

// headTensors gives every head parameter's values, by name: those given, or newly
// initialised ones.
func headTensors(spec Spec, c weights.Config) (map[string]weights.Tensor, error) {
	tensors, features, init := map[string]weights.Tensor{}, c.Sizes().Features, c.Head().Init
	for _, task := range spec.Tasks {
		weight := weights.Tensor{Shape: []int64{int64(task.Classes), int64(features)}}
		bias := weights.Tensor{Shape: []int64{int64(task.Classes)}}
		if head := givenHead(spec, task.Name); head != nil {
			if !slices.Equal(head.Weight.Shape, weight.Shape) || !slices.Equal(head.Bias.Shape, bias.Shape) {
				return nil, fmt.Errorf("%w of task %s has shapes %v and %v; %d classes on %d features need %v and %v",
					ErrHead, task.Name, head.Weight.Shape, head.Bias.Shape, task.Classes, features, weight.Shape, bias.Shape)
			}
			weight, bias = head.Weight, head.Bias
			if scale := task.Settings.Scale; !scale.None() { // the folder's head answers in the data's unit
				weight.Data, bias.Data = slices.Clone(weight.Data), slices.Clone(bias.Data)
				scale.Unfold(weight.Data, bias.Data)
			}
		} else {
			weight.Data = initHead(spec.Seed, task.Name, task.Classes*features, init)
			bias.Data = make([]float32, task.Classes)
			for i, b := range task.Settings.Bias {
				bias.Data[i] = float32(b)
			}
		}
		tensors[headPrefix(task.Name)+".weight"] = weight
		tensors[headPrefix(task.Name)+".bias"] = bias
	}
	return tensors, nil
}

func givenHead(spec Spec, task string) *weights.Head {
	for i, h := range spec.Heads {
		if h.Task == task || h.Task == "" && len(spec.Heads) == 1 && len(spec.Tasks) == 1 {
			return &spec.Heads[i]
		}
	}
	return nil
}

// initHead draws the n weights of an untrained head from N(0, std²). They depend on the seed and the task's
// name alone, so every rank draws the same, and adding a task changes no other's head.
func initHead(seed uint64, task string, n int, std float64) []float32 {
	key := sha256.Sum256(append(binary.LittleEndian.AppendUint64([]byte("classification head\x00"), seed), task...))
	r := rand.New(rand.NewChaCha8(key))
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(r.NormFloat64() * std)
	}
	return w
}

// addInitialPooler adds a pooler as transformers initialises it: weights from N(0, init²), biases zero, a
// normalisation's weights 1.
func addInitialPooler(tensors map[string]weights.Tensor, c weights.Config, seed uint64) {
	for _, spec := range c.Tensors() {
		if _, there := tensors[spec.Name]; there {
			continue
		}
		t := weights.Tensor{Name: spec.Name, Shape: spec.Shape, Data: make([]float32, sizeOf(spec.Shape))}
		switch spec.Name {
		case pooler + ".weight":
			t.Data = initHead(seed, "pooler", len(t.Data), c.Head().Init)
		case poolerNorm + ".weight":
			for i := range t.Data {
				t.Data[i] = 1
			}
		}
		tensors[spec.Name] = t
	}
}

// Heads copies out the heads in the order of the tasks, without class names. One of values answers in the data's
// unit.
func (m *Model) Heads() ([]weights.Head, error) {
	tensors, err := m.copyOut(func(p Parameter) bool { return !isEncoder(p) })
	if err != nil {
		return nil, err
	}
	heads := make([]weights.Head, len(m.tasks))
	for i, t := range m.tasks {
		heads[i] = weights.Head{Task: t.Name, Kind: t.Kind, Weight: tensors[2*i], Bias: tensors[2*i+1]}
		t.Settings.Scale.FoldInto(heads[i].Weight.Data, heads[i].Bias.Data)
	}
	return heads, nil
}
