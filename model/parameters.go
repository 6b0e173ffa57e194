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
	wordEmbeddings     = "bert.embeddings.word_embeddings"
	positionEmbeddings = "bert.embeddings.position_embeddings"
	typeEmbeddings     = "bert.embeddings.token_type_embeddings"
	embeddingsNorm     = "bert.embeddings.LayerNorm"
	pooler             = "bert.pooler.dense"
)

func layerPrefix(i int) string { return fmt.Sprintf("bert.encoder.layer.%d.", i) }

func headPrefix(task string) string { return "head." + task }

// layout lists all parameters in the order of the flat vector: the encoder as the
// forward pass goes, then the heads in the order of the tasks.
func layout(c weights.BertConfig, tasks []Task) []Parameter {
	hidden, inner := int64(c.HiddenSize), int64(c.IntermediateSize)
	var all []Parameter
	offset := 0
	add := func(name string, shape ...int64) {
		p := Parameter{Name: name, Shape: shape, Offset: offset}
		all = append(all, p)
		offset = p.End()
	}
	linear := func(name string, out, in int64) {
		add(name+".weight", out, in)
		add(name+".bias", out)
	}
	norm := func(name string) {
		add(name+".weight", hidden)
		add(name+".bias", hidden)
	}

	add(wordEmbeddings+".weight", int64(c.VocabSize), hidden)
	add(positionEmbeddings+".weight", int64(c.MaxPositionEmbeddings), hidden)
	add(typeEmbeddings+".weight", int64(c.TypeVocabSize), hidden)
	norm(embeddingsNorm)
	for i := range c.NumHiddenLayers {
		layer := layerPrefix(i)
		linear(layer+"attention.self.query", hidden, hidden)
		linear(layer+"attention.self.key", hidden, hidden)
		linear(layer+"attention.self.value", hidden, hidden)
		linear(layer+"attention.output.dense", hidden, hidden)
		norm(layer + "attention.output.LayerNorm")
		linear(layer+"intermediate.dense", inner, hidden)
		linear(layer+"output.dense", hidden, inner)
		norm(layer + "output.LayerNorm")
	}
	linear(pooler, hidden, hidden)
	for _, t := range tasks {
		linear(headPrefix(t.Name), int64(t.Classes), hidden)
	}
	return all
}
