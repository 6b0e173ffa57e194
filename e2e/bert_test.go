package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/model/weights"
)

// words stand whole in the tiny vocabulary; everything else is spelt.
var words = strings.Fields(`i you they we the a an of to and in it is was were so very not
	sorry hear heard grief hope loss kind help friend hospital storm family news report
	good great awful dull lovely poor film plot cast music joy fear anger sad happy scared
	angry tears smile dark shout today again never always`)

// plainWords is how many of them, from the first, are signs of no class.
const plainWords = 17

// vocabulary is a line a piece: special tokens, words, characters and their continuations.
func vocabulary() []string {
	pieces := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
	single := strings.Split("abcdefghijklmnopqrstuvwxyz0123456789", "")
	for _, w := range words {
		if len(w) > 1 {
			pieces = append(pieces, w)
		}
	}
	pieces = append(pieces, single...)
	for _, c := range single {
		pieces = append(pieces, "##"+c)
	}
	return append(pieces, strings.Split(`.,;:!?'"-()`, "")...)
}

// writeBert writes a tiny BERT of random weights as a Hugging Face folder.
func writeBert(t *testing.T, dir string, heads ...weights.Head) {
	t.Helper()
	source := t.TempDir()
	vocab := vocabulary()
	writeFile(t, filepath.Join(source, "vocab.txt"), strings.Join(vocab, "\n")+"\n")
	config := weights.DefaultBertConfig()
	config.VocabSize, config.HiddenSize, config.IntermediateSize = len(vocab), 32, 64
	config.NumHiddenLayers, config.NumAttentionHeads, config.MaxPositionEmbeddings = 2, 2, 64
	err := weights.Write(dir, weights.WriteSpec{Config: config, Tensors: encoder(config), Heads: heads, Tokenizer: source})
	if err != nil {
		t.Fatal(err)
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

// head is a task's head for the tiny BERT.
func head(task string, target bool, classes ...string) weights.Head {
	random := rand.New(rand.NewPCG(5, uint64(len(classes))))
	n := int64(len(classes))
	return weights.Head{
		Task: task, Classes: classes, Target: target,
		Weight: seeded(random, "weight", n, 32), Bias: seeded(random, "bias", n),
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// replaceIn changes the one place in a file where old stands.
func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	text := readFile(t, path)
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%s has %q %d times, want once", path, old, n)
	}
	writeFile(t, path, strings.Replace(text, old, new, 1))
}
