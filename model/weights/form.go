package weights

import "strings"

// Activation is a function between two linear maps.
type Activation string

// The activations, by their names in config.json; Tanh is in poolers only.
const (
	Gelu    Activation = "gelu"
	GeluNew Activation = "gelu_new" // with tanh in place of the error function
	Relu    Activation = "relu"
	Tanh    Activation = "tanh"
)

// What a forward pass asks of the architecture beside the sizes.

// FirstPosition is the row of the position embeddings that a text's first token gets.
func (c BertConfig) FirstPosition() int {
	if c.architecture().positionsFromPad {
		return c.PadTokenID + 1
	}
	return 0
}

// PadHasNoPosition says that a padding token inside a text gets the row of its own id and is not
// counted.
func (c BertConfig) PadHasNoPosition() bool { return c.architecture().positionsFromPad }

// HasPositions says whether positions have embeddings; those of others are relative.
func (c BertConfig) HasPositions() bool { return !c.architecture().noPositions }

// HasTokenTypes says whether token types have embeddings.
func (c BertConfig) HasTokenTypes() bool { return !c.architecture().noTokenTypes }

// HasSecondType says whether the tokens of a second text have an embedding of their own. RoBERTa has one type, and
// DistilBERT none: all tokens are then alike.
func (c BertConfig) HasSecondType() bool { return c.HasTokenTypes() && c.TypeVocabSize > 1 }

// EmbeddingWidth is the width of all embeddings. Where it is not HiddenSize, a projection joins
// them.
func (c BertConfig) EmbeddingWidth() int {
	if c.architecture().ownEmbeddingSize && c.EmbeddingSize > 0 {
		return c.EmbeddingSize
	}
	return c.HiddenSize
}

// Projects says whether a projection joins embeddings and layers.
func (c BertConfig) Projects() bool {
	return c.architecture().alwaysProjects || c.EmbeddingWidth() != c.HiddenSize
}

// NormsFirst says whether a part of a layer normalises what it gets, in place of its sum with what it got; the
// last layer's states are normalised then too.
func (c BertConfig) NormsFirst() bool { return c.architecture().normsFirst }

// StoredLayers is how many layers have parameters of their own.
func (c BertConfig) StoredLayers() int {
	if c.SharedLayers != nil {
		return c.HiddenGroups
	}
	return c.NumHiddenLayers
}

// StoredLayer is the layer whose parameters a pass's layer i has.
func (c BertConfig) StoredLayer(i int) int {
	if c.SharedLayers != nil {
		return i * c.HiddenGroups / c.NumHiddenLayers
	}
	return i
}

// HasRelativePositions says whether attention itself knows of positions.
func (c BertConfig) HasRelativePositions() bool {
	return c.HasRelativeBias() || c.Rotary != nil || c.Disentangled != nil
}

// SharedByLayers says whether several layers of a pass use a parameter.
func (c BertConfig) SharedByLayers(name string) bool {
	if _, ok := layerOf(name); ok {
		return c.StoredLayers() != c.NumHiddenLayers
	}
	return strings.HasPrefix(name, bertPrefix+relativePrefix)
}

// HasRelativeBias says whether attention scores have a bias by distance, in RelativeBuckets
// buckets.
func (c BertConfig) HasRelativeBias() bool { return c.architecture().relativePosition }

// PoolerActivation is what follows the pooler's linear map.
func (c BertConfig) PoolerActivation() Activation { return c.architecture().pooler.activation }

// PoolerNorms says whether a normalisation follows the pooler's activation.
func (c BertConfig) PoolerNorms() bool { return c.architecture().pooler.norm != "" }

// MeanPooled says whether the pooler gets the mean of a text's states, not the first position's.
func (c BertConfig) MeanPooled() bool { return c.Rotary != nil && c.Pooling == meanPooling }

// DropsBeforePooler says that the head's dropout also comes before the pooler.
func (c BertConfig) DropsBeforePooler() bool { return c.architecture().pooler.dropout }

// MaskedActivation is the activation of the masked-language-model head.
func (c BertConfig) MaskedActivation() Activation {
	if own := c.architecture().masked.activation; own != "" {
		return own
	}
	return Activation(c.HiddenAct)
}
