package weights

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

// HasRelativeBias says whether attention scores have a bias by distance, in RelativeBuckets
// buckets.
func (c BertConfig) HasRelativeBias() bool { return c.architecture().relativePosition }

// PoolerActivation is what follows the pooler's linear map.
func (c BertConfig) PoolerActivation() Activation { return c.architecture().pooler.activation }

// DropsBeforePooler says that the head's dropout also comes before the pooler.
func (c BertConfig) DropsBeforePooler() bool { return c.architecture().pooler.dropout }

// MaskedActivation is the activation of the masked-language-model head.
func (c BertConfig) MaskedActivation() Activation {
	if own := c.architecture().masked.activation; own != "" {
		return own
	}
	return Activation(c.HiddenAct)
}
