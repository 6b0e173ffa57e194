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
	poolerDense         = poolerPrefix + "dense"
	poolerNorm          = poolerPrefix + "LayerNorm"
	poolerPrefix        = bertPrefix + "pooler."
	wordEmbeddings      = "embeddings.word_embeddings.weight"
	embeddingProjection = "embeddings.projection"
	relativePrefix      = "embeddings.relative_"
	relativeBias        = relativePrefix + "attention_bias"
	relativeTable       = relativePrefix + "embeddings"
	relativeNorm        = relativePrefix + "embeddings.LayerNorm"
	lastNorm            = "encoder.LayerNorm"
)

// isPooler says whether a canonical name is the pooler's.
func isPooler(name string) bool { return strings.HasPrefix(name, poolerPrefix) }

// Tensors lists the tensors of an encoder and its pooler, in the order of the forward pass, as
// transformers' BertModel names and shapes them. Other architectures may lack token types, and
// have a projection of the embeddings or what tells distances after them; form.go says what else.
func (c BertConfig) Tensors() []TensorSpec {
	a, hidden, intermediate, width := c.architecture(), int64(c.HiddenSize), int64(c.IntermediateSize), int64(c.EmbeddingWidth())
	var all []TensorSpec
	add := func(name string, shape ...int64) { all = append(all, TensorSpec{bertPrefix + name, shape}) }
	bias := func(name string, width int64) {
		if !a.noBias {
			add(name+".bias", width)
		}
	}
	linear := func(name string, out, in int64) {
		add(name+".weight", out, in)
		bias(name, out)
	}
	norm := func(name string, width int64) {
		add(name+".weight", width)
		bias(name, width)
	}
	layerNorm := func(name string) { norm(name, hidden) }

	add(wordEmbeddings, int64(c.VocabSize), width)
	if c.HasPositions() {
		add("embeddings.position_embeddings.weight", int64(c.MaxPositionEmbeddings), width)
	}
	if c.HasTokenTypes() {
		add("embeddings.token_type_embeddings.weight", int64(c.TypeVocabSize), width)
	}
	norm("embeddings.LayerNorm", width)
	if c.Projects() {
		linear(embeddingProjection, hidden, width)
	}
	if c.HasRelativeBias() {
		add(relativeBias+".weight", int64(c.RelativeBuckets), int64(c.NumAttentionHeads))
	}
	if c.Disentangled != nil {
		add(relativeTable+".weight", 2*int64(c.RelativeSpan()), hidden)
		layerNorm(relativeNorm)
	}
	inner := intermediate
	if a.gated {
		inner = 2 * intermediate
	}
	for i := range c.StoredLayers() {
		layer := fmt.Sprintf("encoder.layer.%d.", i)
		if a.normsFirst && i > 0 {
			layerNorm(layer + "attention.LayerNorm")
		}
		linear(layer+"attention.self.query", hidden, hidden)
		linear(layer+"attention.self.key", hidden, hidden)
		linear(layer+"attention.self.value", hidden, hidden)
		linear(layer+"attention.output.dense", hidden, hidden)
		if a.normsFirst {
			layerNorm(layer + "intermediate.LayerNorm")
		} else {
			layerNorm(layer + "attention.output.LayerNorm")
		}
		linear(layer+"intermediate.dense", inner, hidden)
		linear(layer+"output.dense", hidden, intermediate)
		if !a.normsFirst {
			layerNorm(layer + "output.LayerNorm")
		}
	}
	if a.normsFirst {
		layerNorm(lastNorm)
	}
	linear("pooler.dense", hidden, hidden)
	if c.PoolerNorms() {
		layerNorm("pooler.LayerNorm")
	}
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
