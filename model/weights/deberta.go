package weights

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// debertaArchitecture is DeBERTa-v3 (He et al., 2021): BERT's layers with disentangled attention, in which the scores
// of queries and keys have terms of contents and distances, both ways, from one table of distances that all layers
// share and project as queries and keys. Positions and token types have no embeddings. A classification model has a
// linear map and GELU in place of the pooler.
var debertaArchitecture = architecture{
	title: "DeBERTa-v3", class: "DebertaV2", prefix: "deberta.",
	defaults: debertaDefaults(),
	keys:     map[string]string{"classifier_dropout": "cls_dropout", "position_embedding_type": ""},
	names: map[string]string{
		"encoder.layer.#.attention.self.query": "encoder.layer.#.attention.self.query_proj",
		"encoder.layer.#.attention.self.key":   "encoder.layer.#.attention.self.key_proj",
		"encoder.layer.#.attention.self.value": "encoder.layer.#.attention.self.value_proj",
		relativeTable:                          "encoder.rel_embeddings",
		relativeNorm:                           "encoder.LayerNorm",
	},
	noTokenTypes: true,
	noPositions:  true,
	pooler:       pooler{name: "pooler.dense", activation: Gelu},
	classifier:   classifierDense,
	masked: maskedNames{
		dense: MaskedDense, norm: MaskedNorm, decoder: MaskedDecoder, bias: MaskedBias, decoderBias: maskedDecoderBias,
	},
	tokenizer: []string{"tokenizer.json", "spm.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"},
}

func debertaDefaults() BertConfig {
	c := DefaultBertConfig()
	c.ModelType, c.VocabSize, c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.IntermediateSize = "deberta-v2", 128100, 1536, 24, 24, 6144
	c.TypeVocabSize, c.LayerNormEps = 0, 1e-7
	c.Disentangled = &Disentangled{Buckets: -1, Farthest: -1, PositionInput: true, PoolerActivation: string(Gelu), Legacy: true}
	return c
}

// Disentangled are the keys of config.json that only a DeBERTa has.
type Disentangled struct {
	RelativeAttention bool       `json:"relative_attention"`
	Types             scoreTypes `json:"pos_att_type"`
	ShareKey          bool       `json:"share_att_key"`
	NormRelative      string     `json:"norm_rel_ebd"`
	// Buckets is how many distances the table has in a direction, of which the far ones stand for ranges that grow with
	// the logarithm; less than 1: each distance up to the farthest has one of its own.
	Buckets int `json:"position_buckets"`
	// Farthest is the greatest distance; less than 1: max_position_embeddings.
	Farthest int `json:"max_relative_positions"`

	PositionInput    bool    `json:"position_biased_input"`
	Convolution      int     `json:"conv_kernel_size,omitempty"`
	PoolerActivation string  `json:"pooler_hidden_act"`
	PoolerDropout    float64 `json:"pooler_dropout"`
	Legacy           bool    `json:"legacy"` // which head tells masked tokens
}

// scoreTypes are "c2p" and "p2c": a list, or in older files one string.
type scoreTypes []string

// UnmarshalJSON reads both forms.
func (t *scoreTypes) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = strings.Split(strings.ToLower(one), "|")
		for i, x := range *t {
			(*t)[i] = strings.TrimSpace(x)
		}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

// FarthestDistance is the greatest distance of two tokens that counts.
func (c BertConfig) FarthestDistance() int {
	if c.Farthest < 1 {
		return c.MaxPositionEmbeddings
	}
	return c.Farthest
}

// RelativeSpan is how many rows the table of distances has in each direction.
func (c BertConfig) RelativeSpan() int {
	if c.Buckets > 0 {
		return c.Buckets
	}
	return c.FarthestDistance()
}

func (d *Disentangled) unsupported(c BertConfig) (lines []string) {
	if d == nil {
		return nil
	}
	refuse := func(wrong bool, format string, args ...any) {
		if wrong {
			lines = append(lines, "config.json: "+fmt.Sprintf(format, args...))
		}
	}
	refuse(!d.RelativeAttention, "relative_attention is false, only true is supported")
	refuse(!slices.Contains(d.Types, "c2p") || !slices.Contains(d.Types, "p2c") || len(d.Types) != 2, "pos_att_type is %v, only c2p and p2c together are supported", d.Types)
	refuse(!d.ShareKey, "share_att_key is false, only true is supported, as DeBERTa-v3 has it")
	refuse(!slices.Contains(strings.Split(strings.ReplaceAll(strings.ToLower(d.NormRelative), " ", ""), "|"), "layer_norm"), "norm_rel_ebd is %q, only \"layer_norm\" is supported", d.NormRelative)
	refuse(d.PositionInput, "position_biased_input is true, only false is supported")
	refuse(d.Convolution > 0, "conv_kernel_size is %d: a convolution after the first layer is not supported", d.Convolution)
	refuse(c.TypeVocabSize != 0, "type_vocab_size is %d, only 0 is supported", c.TypeVocabSize)
	refuse(d.PoolerActivation != string(Gelu), "pooler_hidden_act is %q, only %q is supported", d.PoolerActivation, Gelu)
	refuse(d.PoolerDropout != 0, "pooler_dropout is %g, only 0 is supported", d.PoolerDropout)
	refuse(!d.Legacy, "legacy is false, only true is supported")
	return lines
}
