package weights

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// BertConfig holds what matters here of the config.json of a BERT, or of another encoder of
// ModelTypes in BERT's words. Fields absent from the file have the defaults of the
// configuration's class in transformers.
type BertConfig struct {
	Architectures []string `json:"architectures,omitempty"`
	ModelType     string   `json:"model_type"`

	VocabSize             int `json:"vocab_size"`
	HiddenSize            int `json:"hidden_size"`
	NumHiddenLayers       int `json:"num_hidden_layers"`
	NumAttentionHeads     int `json:"num_attention_heads"`
	IntermediateSize      int `json:"intermediate_size"`
	MaxPositionEmbeddings int `json:"max_position_embeddings"`
	TypeVocabSize         int `json:"type_vocab_size"`
	PadTokenID            int `json:"pad_token_id"`
	// EmbeddingSize is for an ELECTRA or ALBERT, RelativeBuckets for an MPNet.
	EmbeddingSize   int `json:"embedding_size,omitempty"`
	RelativeBuckets int `json:"relative_attention_num_buckets,omitempty"`

	// HiddenAct is one of Activations.
	HiddenAct             string  `json:"hidden_act"`
	PositionEmbeddingType string  `json:"position_embedding_type"`
	LayerNormEps          float64 `json:"layer_norm_eps"`
	InitializerRange      float64 `json:"initializer_range"`

	HiddenDropoutProb         float64 `json:"hidden_dropout_prob"`
	AttentionProbsDropoutProb float64 `json:"attention_probs_dropout_prob"`
	// ClassifierDropout is the dropout before a head; nil means HiddenDropoutProb.
	ClassifierDropout *float64 `json:"classifier_dropout"`

	// ProblemType is empty or "single_label_classification" for a head that softmax follows.
	ProblemType string         `json:"problem_type,omitempty"`
	ID2Label    map[int]string `json:"id2label,omitempty"`
	Label2ID    map[string]int `json:"label2id,omitempty"`

	// TieWordEmbeddings is false where the decoder of a masked language model is a matrix of
	// its own; nil and true: it is the matrix of word embeddings. Open sets it by what the
	// file holds, as transformers does.
	TieWordEmbeddings *bool `json:"tie_word_embeddings,omitempty"`

	// IsDecoder marks a causal model, which is refused.
	IsDecoder bool `json:"is_decoder,omitempty"`

	// What one architecture alone has; nil for the others.
	*SharedLayers
	*Rotary
	*Disentangled
}

// Activations are the values of hidden_act that can be computed.
var Activations = []string{"gelu", "gelu_new", "relu"}

// bertTokenizer are the files of a WordPiece tokenizer.
var bertTokenizer = []string{"vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}

// bertArchitecture is BERT (Devlin et al., 2019), in whose words the others are told.
var bertArchitecture = architecture{
	title: "BERT", class: "Bert", prefix: bertPrefix,
	defaults:   DefaultBertConfig(),
	pooler:     pooler{name: poolerDense, activation: Tanh},
	classifier: classifierDense,
	masked: maskedNames{
		dense: MaskedDense, norm: MaskedNorm, decoder: MaskedDecoder, bias: MaskedBias, decoderBias: maskedDecoderBias,
	},
	tokenizer: bertTokenizer,
}

// DefaultBertConfig is transformers' BertConfig() without arguments (that is bert-base-uncased).
func DefaultBertConfig() BertConfig {
	return BertConfig{
		ModelType:                 "bert",
		VocabSize:                 30522,
		HiddenSize:                768,
		NumHiddenLayers:           12,
		NumAttentionHeads:         12,
		IntermediateSize:          3072,
		MaxPositionEmbeddings:     512,
		TypeVocabSize:             2,
		HiddenAct:                 "gelu",
		PositionEmbeddingType:     "absolute",
		LayerNormEps:              1e-12,
		InitializerRange:          0.02,
		HiddenDropoutProb:         0.1,
		AttentionProbsDropoutProb: 0.1,
	}
}

// Tied says whether a masked language model's decoder is the matrix of word embeddings.
func (c BertConfig) Tied() bool { return c.TieWordEmbeddings == nil || *c.TieWordEmbeddings }

// withTied sets whether it is.
func (c BertConfig) withTied(tied bool) BertConfig {
	c.TieWordEmbeddings = nil
	if !tied {
		c.TieWordEmbeddings = &tied
	}
	return c
}

// Describe describes the encoder in a line.
func (c BertConfig) Describe() string {
	return fmt.Sprintf("%s, %d layers, width %d, %d attention heads, vocabulary of %d, up to %d tokens", c.architecture().title,
		c.NumHiddenLayers, c.HiddenSize, c.NumAttentionHeads, c.VocabSize, c.Sizes().LongestText)
}

// Sizes are the encoder's sizes.
func (c BertConfig) Sizes() Sizes {
	return Sizes{
		Vocabulary: c.VocabSize, WordWidth: c.EmbeddingWidth(), Features: c.HiddenSize,
		LongestText: c.MaxPositionEmbeddings - c.FirstPosition(), PadID: c.PadTokenID,
	}
}

// Head says how a head on BERT's pooler is initialised and trained.
func (c BertConfig) Head() HeadRules {
	return HeadRules{Dropout: c.HeadDropout(), Init: c.InitializerRange}
}

// HeadDropout is the dropout probability before a classification head.
func (c BertConfig) HeadDropout() float64 {
	if c.ClassifierDropout != nil {
		return *c.ClassifierDropout
	}
	return c.HiddenDropoutProb
}

// Classes lists id2label's classes by id; nil when there are none or the ids have gaps.
func (c BertConfig) Classes() []string {
	classes := make([]string, len(c.ID2Label))
	for i := range classes {
		label, ok := c.ID2Label[i]
		if !ok {
			return nil
		}
		classes[i] = label
	}
	if len(classes) == 0 {
		return nil
	}
	return classes
}

// written is config.json as transformers reads it: of a classifier, or of a plain encoder.
func (c BertConfig) written(classes []string, kind config.Kind) any {
	a := c.architecture()
	c.Architectures, c.ProblemType, c.ID2Label, c.Label2ID = []string{a.class + "Model"}, "", nil, nil
	c.TieWordEmbeddings = nil // says nothing without a decoder
	if classes != nil {
		c.Architectures = []string{a.class + sequenceClass}
		c.ProblemType = problemType(kind)
		c.ID2Label, c.Label2ID = map[int]string{}, map[string]int{}
		for i, class := range classes {
			c.ID2Label[i], c.Label2ID[class] = class, i
		}
	}
	return ownKeys{a, writtenConfig{c, "float32"}}
}

// writtenMasked is config.json of a masked language model.
func (c BertConfig) writtenMasked() any {
	a := c.architecture()
	c.Architectures, c.ProblemType, c.ID2Label, c.Label2ID = []string{a.class + "ForMaskedLM"}, "", nil, nil
	return ownKeys{a, writtenConfig{c, "float32"}}
}

// writtenConfig is config.json with the numbers' type.
type writtenConfig struct {
	BertConfig
	DType string `json:"torch_dtype"`
}

func (c BertConfig) tokenizerFiles() []string {
	return c.architecture().tokenizer
}

func (c BertConfig) problems() (lines []string, kind error) {
	if lines := c.unsupported(); len(lines) > 0 {
		return lines, ErrUnsupported
	}
	return c.contradictions(), ErrConfig
}

// unsupported lists the features of the model that are not implemented here.
func (c BertConfig) unsupported() []string {
	var lines []string
	a := c.architecture()
	if architectures[c.ModelType] == nil {
		lines = append(lines, fmt.Sprintf("config.json: model_type is %q, supported are %s", c.ModelType, strings.Join(ModelTypes(), ", ")))
	}
	if c.PositionEmbeddingType != "absolute" {
		lines = append(lines, fmt.Sprintf("config.json: position_embedding_type is %q, only \"absolute\" is supported", c.PositionEmbeddingType))
	}
	if !slices.Contains(Activations, c.HiddenAct) {
		lines = append(lines, fmt.Sprintf("config.json: %s is %q, supported are %s", a.key("hidden_act"), c.HiddenAct, strings.Join(Activations, ", ")))
	}
	if c.IsDecoder {
		lines = append(lines, "config.json: is_decoder is true, only encoders are supported")
	}
	lines = append(lines, c.SharedLayers.unsupported()...)
	lines = append(lines, c.Rotary.unsupported(c)...)
	return append(lines, c.Disentangled.unsupported(c)...)
}

// maxLayers bounds num_hidden_layers, for which the tensor check makes a list; other sizes are
// only compared with the file's.
const maxLayers = 1000

// relativeBuckets is how many buckets transformers puts distances into, whatever config.json says.
const relativeBuckets = 32

// contradictions lists values no model can have.
func (c BertConfig) contradictions() []string {
	a := c.architecture()
	var lines []string
	for _, size := range []struct {
		key   string
		value int
	}{
		{"vocab_size", c.VocabSize},
		{"hidden_size", c.HiddenSize},
		{"num_hidden_layers", c.NumHiddenLayers},
		{"num_attention_heads", c.NumAttentionHeads},
		{"intermediate_size", c.IntermediateSize},
		{"max_position_embeddings", c.MaxPositionEmbeddings},
		{"type_vocab_size", c.TypeVocabSize},
		{"embedding_size", c.EmbeddingWidth()},
	} {
		if size.key == "type_vocab_size" && a.noTokenTypes {
			continue
		}
		if key := a.key(size.key); key != "" && size.value < 1 {
			lines = append(lines, fmt.Sprintf("config.json: %s is %d, want at least 1", key, size.value))
		}
	}
	if c.VocabSize > 0 && (c.PadTokenID < 0 || c.PadTokenID >= c.VocabSize) {
		lines = append(lines, fmt.Sprintf("config.json: pad_token_id is %d, but vocab_size is %d", c.PadTokenID, c.VocabSize))
	}
	if c.NumHiddenLayers > maxLayers {
		lines = append(lines, fmt.Sprintf("config.json: %s is %d, want at most %d", a.key("num_hidden_layers"), c.NumHiddenLayers, maxLayers))
	}
	if c.HiddenSize > 0 && c.NumAttentionHeads > 0 && c.HiddenSize%c.NumAttentionHeads != 0 {
		lines = append(lines, fmt.Sprintf("config.json: %s %d is not a multiple of %s %d",
			a.key("hidden_size"), c.HiddenSize, a.key("num_attention_heads"), c.NumAttentionHeads))
	}
	if c.LayerNormEps <= 0 {
		lines = append(lines, fmt.Sprintf("config.json: layer_norm_eps is %g, want more than 0", c.LayerNormEps))
	}
	for _, p := range []struct {
		key   string
		value float64
	}{
		{"hidden_dropout_prob", c.HiddenDropoutProb},
		{"attention_probs_dropout_prob", c.AttentionProbsDropoutProb},
		{"classifier_dropout", c.HeadDropout()},
	} {
		if !(p.value >= 0 && p.value < 1) {
			lines = append(lines, fmt.Sprintf("config.json: %s is %g, want 0 or more and less than 1", a.key(p.key), p.value))
		}
	}
	if c.MaxPositionEmbeddings > 0 && c.FirstPosition() >= c.MaxPositionEmbeddings {
		lines = append(lines, fmt.Sprintf("config.json: max_position_embeddings is %d, but positions begin at %d, after pad_token_id", c.MaxPositionEmbeddings, c.FirstPosition()))
	}
	if c.HasRelativeBias() && c.RelativeBuckets != relativeBuckets {
		lines = append(lines, fmt.Sprintf("config.json: relative_attention_num_buckets is %d, want %d", c.RelativeBuckets, relativeBuckets))
	}
	lines = append(lines, c.SharedLayers.contradictions(c)...)
	lines = append(lines, c.Rotary.contradictions(c)...)
	if len(c.ID2Label) > 0 && c.Classes() == nil {
		lines = append(lines, fmt.Sprintf("config.json: id2label has %d classes, but their ids are not 0 to %d", len(c.ID2Label), len(c.ID2Label)-1))
	}
	return lines
}
