package weights

import (
	"fmt"
	"slices"
)

// modernbertArchitecture is ModernBERT (Warner et al., 2024): no embeddings of positions but queries and keys that are
// turned by them (RoPE; Su et al., 2021), layers that see all of a text and layers that see a window of it, a gated
// inner map (GeGLU; Shazeer, 2020), normalisation before each part of a layer and after the last layer, no biases. A
// query's, a key's and a value's map are one tensor of a file. What stands before a head is what stands before the
// decoder of the masked language model, under the same names.
var modernbertArchitecture = architecture{
	title: "ModernBERT", class: "ModernBert", prefix: "model.",
	defaults: modernbertDefaults(),
	keys: map[string]string{
		"hidden_act": "hidden_activation", "layer_norm_eps": "norm_eps", "hidden_dropout_prob": "mlp_dropout",
		"attention_probs_dropout_prob": "attention_dropout", "type_vocab_size": "", "position_embedding_type": "",
	},
	names: map[string]string{
		"embeddings.word_embeddings":             "embeddings.tok_embeddings",
		"embeddings.LayerNorm":                   "embeddings.norm",
		"encoder.layer.#.attention.LayerNorm":    "layers.#.attn_norm",
		"encoder.layer.#.attention.self.query":   "layers.#.attn.Wqkv.query",
		"encoder.layer.#.attention.self.key":     "layers.#.attn.Wqkv.key",
		"encoder.layer.#.attention.self.value":   "layers.#.attn.Wqkv.value",
		"encoder.layer.#.attention.output.dense": "layers.#.attn.Wo",
		"encoder.layer.#.intermediate.LayerNorm": "layers.#.mlp_norm",
		"encoder.layer.#.intermediate.dense":     "layers.#.mlp.Wi",
		"encoder.layer.#.output.dense":           "layers.#.mlp.Wo",
		lastNorm:                                 "final_norm",
	},
	joined:       joinedTensors{name: "attn.Wqkv", parts: []string{"query", "key", "value"}},
	noTokenTypes: true,
	noPositions:  true,
	normsFirst:   true,
	gated:        true,
	noBias:       true,
	pooler:       pooler{name: "head.dense", activation: Gelu, norm: "head.norm"},
	classifier:   classifierDense,
	masked: maskedNames{
		dense: "head.dense", norm: "head.norm", decoder: "decoder.weight", bias: "decoder.bias", activation: Gelu,
	},
	tokenizer: []string{"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"},
}

func modernbertDefaults() BertConfig {
	c, dropout := DefaultBertConfig(), 0.0
	c.ModelType, c.VocabSize, c.PadTokenID, c.NumHiddenLayers, c.IntermediateSize, c.TypeVocabSize = "modernbert", 50368, 50283, 22, 1152, 0
	c.MaxPositionEmbeddings, c.LayerNormEps = 8192, 1e-5
	c.HiddenDropoutProb, c.AttentionProbsDropoutProb, c.ClassifierDropout = 0, 0, &dropout
	c.Rotary = &Rotary{
		GlobalEvery: 3, LocalAttention: 128, GlobalTheta: 160000, LocalTheta: 10000, Pooling: firstPooling,
		ClassifierActivation: string(Gelu), DecoderBias: true,
	}
	return c
}

// How a text's states become one.
const (
	firstPooling = "cls"
	meanPooling  = "mean"
)

// Rotary are the keys of config.json that only a ModernBERT has.
type Rotary struct {
	// Every GlobalEvery-th layer, from the first on, sees all of a text; in the others a token sees those at most
	// LocalAttention/2 away.
	GlobalEvery    int `json:"global_attn_every_n_layers"`
	LocalAttention int `json:"local_attention"`
	// GlobalTheta and LocalTheta are the base of the angles' frequencies, in layers of both kinds.
	GlobalTheta float64 `json:"global_rope_theta"`
	LocalTheta  float64 `json:"local_rope_theta"`

	Pooling              string  `json:"classifier_pooling"` // "cls" or "mean"
	ClassifierActivation string  `json:"classifier_activation"`
	EmbeddingDropout     float64 `json:"embedding_dropout"`
	NormBias             bool    `json:"norm_bias"`
	AttentionBias        bool    `json:"attention_bias"`
	InnerBias            bool    `json:"mlp_bias"`
	ClassifierBias       bool    `json:"classifier_bias"`
	DecoderBias          bool    `json:"decoder_bias"`

	// LayerTypes and Angles are what transformers 5 writes of the first four; settle takes them over.
	LayerTypes []string             `json:"layer_types,omitempty"`
	Angles     map[string]ropeAngle `json:"rope_parameters,omitempty"`
}

// ropeAngle is a value of rope_parameters.
type ropeAngle struct {
	Theta *float64 `json:"rope_theta"`
	Type  string   `json:"rope_type"`
}

const (
	globalLayer = "full_attention"
	localLayer  = "sliding_attention"
)

// IsGlobal says whether a layer sees all of a text.
func (r *Rotary) IsGlobal(layer int) bool { return layer%r.GlobalEvery == 0 }

// Reach is how far a token sees in the other layers.
func (r *Rotary) Reach() int { return r.LocalAttention / 2 }

// settle takes over what is said in transformers 5's keys, where it can be said in the others, which all versions read.
func (r *Rotary) settle() {
	if r == nil {
		return
	}
	for of, theta := range map[string]*float64{globalLayer: &r.GlobalTheta, localLayer: &r.LocalTheta} {
		if angle := r.Angles[of]; angle.Theta != nil {
			*theta = *angle.Theta
		}
	}
	if !slices.ContainsFunc([]string{globalLayer, localLayer}, func(of string) bool { return r.Angles[of].Type != "" && r.Angles[of].Type != "default" }) {
		r.Angles = nil
	}
	for every := 1; every <= len(r.LayerTypes); every++ {
		one := &Rotary{GlobalEvery: every}
		same := true
		for i, kind := range r.LayerTypes {
			same = same && kind == map[bool]string{true: globalLayer, false: localLayer}[one.IsGlobal(i)]
		}
		if same {
			r.GlobalEvery, r.LayerTypes = every, nil
		}
	}
}

func (r *Rotary) unsupported(c BertConfig) (lines []string) {
	if r == nil {
		return nil
	}
	if len(r.LayerTypes) > 0 {
		lines = append(lines, fmt.Sprintf("config.json: layer_types is %v, only a %s in every so many layers from the first on is supported", r.LayerTypes, globalLayer))
	}
	if len(r.Angles) > 0 {
		lines = append(lines, "config.json: rope_parameters has a rope_type other than default, which is not supported")
	}
	if r.Pooling != firstPooling && r.Pooling != meanPooling {
		lines = append(lines, fmt.Sprintf("config.json: classifier_pooling is %q, supported are %q and %q", r.Pooling, firstPooling, meanPooling))
	}
	if r.ClassifierActivation != string(Gelu) {
		lines = append(lines, fmt.Sprintf("config.json: classifier_activation is %q, only %q is supported", r.ClassifierActivation, Gelu))
	}
	for key, set := range map[string]bool{
		"norm_bias": r.NormBias, "attention_bias": r.AttentionBias, "mlp_bias": r.InnerBias, "classifier_bias": r.ClassifierBias,
	} {
		if set {
			lines = append(lines, fmt.Sprintf("config.json: %s is true, only false is supported", key))
		}
	}
	if !r.DecoderBias {
		lines = append(lines, "config.json: decoder_bias is false, only true is supported")
	}
	if r.EmbeddingDropout != c.HiddenDropoutProb {
		lines = append(lines, fmt.Sprintf("config.json: embedding_dropout is %g and mlp_dropout %g, only one probability for both is supported", r.EmbeddingDropout, c.HiddenDropoutProb))
	}
	slices.Sort(lines)
	return lines
}

func (r *Rotary) contradictions(c BertConfig) (lines []string) {
	if r == nil {
		return nil
	}
	if r.GlobalEvery < 1 {
		lines = append(lines, fmt.Sprintf("config.json: global_attn_every_n_layers is %d, want at least 1", r.GlobalEvery))
	}
	if r.LocalAttention < 0 {
		lines = append(lines, fmt.Sprintf("config.json: local_attention is %d, want 0 or more", r.LocalAttention))
	}
	if !(r.GlobalTheta > 0 && r.LocalTheta > 0) {
		lines = append(lines, fmt.Sprintf("config.json: global_rope_theta is %g and local_rope_theta %g, want more than 0", r.GlobalTheta, r.LocalTheta))
	}
	if c.NumAttentionHeads > 0 && c.HiddenSize/c.NumAttentionHeads%2 != 0 {
		lines = append(lines, fmt.Sprintf("config.json: hidden_size %d and num_attention_heads %d give heads of an odd width, whose halves cannot be turned", c.HiddenSize, c.NumAttentionHeads))
	}
	return lines
}
