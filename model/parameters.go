package model

import (
	"fmt"
	"strings"

	"ringmaster/model/weights"
)

// Parameter is a named part of the flat parameter vector.
type Parameter struct {
	Name   string // "bert.encoder.layer.0.output.dense.weight", "head.empathy.bias"
	Shape  []int64
	Offset int // of its first element in the flat vector
}

// Size is the number of elements.
func (p Parameter) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= int(d)
	}
	return n
}

// End is the offset after its last element.
func (p Parameter) End() int { return p.Offset + p.Size() }

// decays says whether weight decay applies: not to biases and normalisations, as in
// BERT's own training.
func (p Parameter) decays() bool {
	return !strings.HasSuffix(p.Name, ".bias") && !strings.Contains(p.Name, ".LayerNorm.")
}

const (
	positionEmbeddings = "bert.embeddings.position_embeddings"
	typeEmbeddings     = "bert.embeddings.token_type_embeddings"
	embeddingsNorm     = "bert.embeddings.LayerNorm"
	pooler             = "bert.pooler.dense"
)

func layerPrefix(i int) string { return fmt.Sprintf("bert.encoder.layer.%d.", i) }

const headsPrefix = "head."

func headPrefix(task string) string { return headsPrefix + task }

func isEncoder(p Parameter) bool {
	return !strings.HasPrefix(p.Name, headsPrefix) && !strings.HasPrefix(p.Name, weights.MaskedPrefix)
}

// layout lists all parameters in the order of the flat vector: the encoder as the
// forward pass goes, then the heads in the order of the tasks.
func layout(c weights.Config, tasks []Task, masked *maskedLM) []Parameter {
	var all []Parameter
	offset := 0
	add := func(name string, shape ...int64) {
		p := Parameter{Name: name, Shape: shape, Offset: offset}
		all = append(all, p)
		offset = p.End()
	}
	for _, t := range c.Tensors() {
		add(t.Name, t.Shape...)
	}
	if masked != nil {
		for _, t := range masked.config.MaskedHead() {
			add(t.Name, t.Shape...)
		}
		return all
	}
	for _, t := range tasks {
		add(headPrefix(t.Name)+".weight", int64(t.Classes), int64(c.Sizes().Features))
		add(headPrefix(t.Name)+".bias", int64(t.Classes))
	}
	return all
}
