package weights

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// want is one tensor a model must have. The name lacks the prefix "bert.", which a file may
// or may not have, so that a message names what both have in common.
type want struct {
	name  string
	shape []int64
}

// wanted is what a folder must have of a tensor.
func (t TensorSpec) wanted() want { return want{bare(t.Name), t.Shape} }

// bertPrefix begins the canonical names of BERT's tensors.
const bertPrefix = "bert."

const (
	poolerPrefix   = "pooler."
	wordEmbeddings = "embeddings.word_embeddings.weight"
)

// Tensors lists the tensors of a BERT encoder and its pooler, in the order of the forward
// pass, as transformers' BertModel names and shapes them.
func (c BertConfig) Tensors() []TensorSpec {
	hidden, intermediate := int64(c.HiddenSize), int64(c.IntermediateSize)
	var all []TensorSpec
	add := func(name string, shape ...int64) { all = append(all, TensorSpec{bertPrefix + name, shape}) }
	linear := func(name string, out, in int64) {
		add(name+".weight", out, in)
		add(name+".bias", out)
	}
	layerNorm := func(name string) {
		add(name+".weight", hidden)
		add(name+".bias", hidden)
	}

	add(wordEmbeddings, int64(c.VocabSize), hidden)
	add("embeddings.position_embeddings.weight", int64(c.MaxPositionEmbeddings), hidden)
	add("embeddings.token_type_embeddings.weight", int64(c.TypeVocabSize), hidden)
	layerNorm("embeddings.LayerNorm")
	for i := range c.NumHiddenLayers {
		layer := fmt.Sprintf("encoder.layer.%d.", i)
		linear(layer+"attention.self.query", hidden, hidden)
		linear(layer+"attention.self.key", hidden, hidden)
		linear(layer+"attention.self.value", hidden, hidden)
		linear(layer+"attention.output.dense", hidden, hidden)
		layerNorm(layer + "attention.output.LayerNorm")
		linear(layer+"intermediate.dense", intermediate, hidden)
		linear(layer+"output.dense", hidden, intermediate)
		layerNorm(layer + "output.LayerNorm")
	}
	linear(poolerPrefix+"dense", hidden, hidden)
	return all
}

// The head of BertForSequenceClassification.
const (
	classifierWeight = "classifier.weight"
	classifierBias   = "classifier.bias"
)

// canonical gives the name a tensor has here, and false for one that is of no use: position
// ids (a constant), language-model heads, heads of other kinds.
func (c BertConfig) canonical(name string) (string, bool) {
	name = bare(name)
	if name == "embeddings.position_ids" {
		return "", false
	}
	if name == classifierWeight || name == classifierBias {
		return name, true
	}
	for _, prefix := range []string{"embeddings.", "encoder.", poolerPrefix} {
		if strings.HasPrefix(name, prefix) {
			return bertPrefix + modernLayerNorm(name), true
		}
	}
	return "", false
}

// modernLayerNorm turns the names of checkpoints converted from TensorFlow into today's.
func modernLayerNorm(name string) string {
	if rest, ok := strings.CutSuffix(name, ".LayerNorm.gamma"); ok {
		return rest + ".LayerNorm.weight"
	}
	if rest, ok := strings.CutSuffix(name, ".LayerNorm.beta"); ok {
		return rest + ".LayerNorm.bias"
	}
	return name
}

var layerName = regexp.MustCompile(`^bert\.encoder\.layer\.(\d+)\.`)

// layerOf gives the number of the layer a canonical name belongs to.
func layerOf(name string) (int, bool) {
	m := layerName.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}
