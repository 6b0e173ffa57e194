package weights

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// want is one tensor a model must have. The name is that of the file, without the prefix that a
// file may or may not have, so that a message names what both have in common.
type want struct {
	name  string
	shape []int64
}

// bertPrefix begins the canonical names of an encoder's tensors.
const bertPrefix = "bert."

// Canonical names, of which those of the embeddings lack the prefix.
const (
	poolerDense         = bertPrefix + "pooler.dense"
	wordEmbeddings      = "embeddings.word_embeddings.weight"
	embeddingProjection = "embeddings.projection"
	relativeBias        = "embeddings.relative_attention_bias"
)

// isPooler says whether a canonical name is the pooler's.
func isPooler(name string) bool { return strings.HasPrefix(name, poolerDense+".") }

// Tensors lists the tensors of an encoder and its pooler, in the order of the forward pass, as
// transformers' BertModel names and shapes them. Other architectures may lack token types, and
// have a projection of the embeddings or a bias by distance after them.
func (c BertConfig) Tensors() []TensorSpec {
	hidden, intermediate, width := int64(c.HiddenSize), int64(c.IntermediateSize), int64(c.EmbeddingWidth())
	var all []TensorSpec
	add := func(name string, shape ...int64) { all = append(all, TensorSpec{bertPrefix + name, shape}) }
	linear := func(name string, out, in int64) {
		add(name+".weight", out, in)
		add(name+".bias", out)
	}
	norm := func(name string, width int64) {
		add(name+".weight", width)
		add(name+".bias", width)
	}
	layerNorm := func(name string) { norm(name, hidden) }

	add(wordEmbeddings, int64(c.VocabSize), width)
	add("embeddings.position_embeddings.weight", int64(c.MaxPositionEmbeddings), width)
	if c.HasTokenTypes() {
		add("embeddings.token_type_embeddings.weight", int64(c.TypeVocabSize), width)
	}
	norm("embeddings.LayerNorm", width)
	if width != hidden {
		linear(embeddingProjection, hidden, width)
	}
	if c.HasRelativeBias() {
		add(relativeBias+".weight", int64(c.RelativeBuckets), int64(c.NumAttentionHeads))
	}
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
	linear("pooler.dense", hidden, hidden)
	return all
}

// The head of BertForSequenceClassification.
const (
	classifierDense  = "classifier"
	classifierWeight = classifierDense + ".weight"
	classifierBias   = classifierDense + ".bias"
	// sequenceClass ends the name of the class of a classifier of texts.
	sequenceClass = "ForSequenceClassification"
)

func (c BertConfig) canonical(name string) (string, bool) { return c.architecture().canonical(name) }

// inFile is the name that a file has for a canonical one, shown the same in messages.
func (c BertConfig) inFile(name string) string { return c.architecture().inFile(name) }

func (c BertConfig) shown(name string) string { return c.architecture().shown(name) }

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
