package tinybert

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/model/weights"
)

// Config describes a BERT of two layers and two heads, so wide, over Vocabulary.
func Config(hidden int) weights.BertConfig {
	c := weights.DefaultBertConfig()
	c.VocabSize, c.HiddenSize, c.IntermediateSize = len(Vocabulary()), hidden, 2*hidden
	c.NumHiddenLayers, c.NumAttentionHeads, c.MaxPositionEmbeddings = 2, 2, 64
	return c
}

// Write writes a model of random weights as a Hugging Face folder.
func Write(dir string, c weights.BertConfig, heads ...weights.Head) (err error) {
	source, err := os.MkdirTemp("", "tinybert-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(source)) }()
	vocabulary := strings.Join(Vocabulary(), "\n") + "\n"
	if err := os.WriteFile(filepath.Join(source, "vocab.txt"), []byte(vocabulary), 0o644); err != nil {
		return err
	}
	return weights.Write(dir, weights.WriteSpec{Config: c, Tensors: encoder(c), Heads: heads, Tokenizer: source})
}

// Head is a task's head on a model so wide.
func Head(task string, target bool, hidden int, classes ...string) weights.Head {
	random := rand.New(rand.NewPCG(5, uint64(len(classes))))
	n := int64(len(classes))
	return weights.Head{
		Task: task, Classes: classes, Target: target,
		Weight: seeded(random, "weight", n, int64(hidden)), Bias: seeded(random, "bias", n),
	}
}

// encoder lists a BERT's tensors with seeded numbers.
func encoder(c weights.BertConfig) []weights.Tensor {
	random := rand.New(rand.NewPCG(11, 23))
	var all []weights.Tensor
	add := func(name string, shape ...int64) { all = append(all, seeded(random, "bert."+name, shape...)) }
	linear := func(name string, out, in int) {
		add(name+".weight", int64(out), int64(in))
		add(name+".bias", int64(out))
	}
	norm := func(name string) {
		add(name+".weight", int64(c.HiddenSize))
		add(name+".bias", int64(c.HiddenSize))
		ones := all[len(all)-2].Data
		for i := range ones {
			ones[i]++
		}
	}
	h := c.HiddenSize
	add("embeddings.word_embeddings.weight", int64(c.VocabSize), int64(h))
	add("embeddings.position_embeddings.weight", int64(c.MaxPositionEmbeddings), int64(h))
	add("embeddings.token_type_embeddings.weight", int64(c.TypeVocabSize), int64(h))
	norm("embeddings.LayerNorm")
	for i := range c.NumHiddenLayers {
		layer := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"query", "key", "value"} {
			linear(layer+"attention.self."+part, h, h)
		}
		linear(layer+"attention.output.dense", h, h)
		norm(layer + "attention.output.LayerNorm")
		linear(layer+"intermediate.dense", c.IntermediateSize, h)
		linear(layer+"output.dense", h, c.IntermediateSize)
		norm(layer + "output.LayerNorm")
	}
	linear("pooler.dense", h, h)
	return all
}

func seeded(random *rand.Rand, name string, shape ...int64) weights.Tensor {
	n := int64(1)
	for _, s := range shape {
		n *= s
	}
	t := weights.Tensor{Name: name, Shape: shape, Data: make([]float32, n)}
	for i := range t.Data {
		t.Data[i] = float32(0.1 * random.NormFloat64())
	}
	return t
}
