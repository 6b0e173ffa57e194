package weights

import "fmt"

// albertArchitecture is ALBERT (Lan et al., 2020): BERT whose layers have the same parameters, with embeddings of a
// width of their own, which are always projected.
var albertArchitecture = architecture{
	title: "ALBERT", class: "Albert", prefix: "albert.",
	defaults: albertDefaults(),
	keys:     map[string]string{"classifier_dropout": "classifier_dropout_prob"},
	names: map[string]string{
		embeddingProjection:                          "encoder.embedding_hidden_mapping_in",
		"encoder.layer.#.attention.self.query":       "encoder.albert_layer_groups.#.albert_layers.0.attention.query",
		"encoder.layer.#.attention.self.key":         "encoder.albert_layer_groups.#.albert_layers.0.attention.key",
		"encoder.layer.#.attention.self.value":       "encoder.albert_layer_groups.#.albert_layers.0.attention.value",
		"encoder.layer.#.attention.output.dense":     "encoder.albert_layer_groups.#.albert_layers.0.attention.dense",
		"encoder.layer.#.attention.output.LayerNorm": "encoder.albert_layer_groups.#.albert_layers.0.attention.LayerNorm",
		"encoder.layer.#.intermediate.dense":         "encoder.albert_layer_groups.#.albert_layers.0.ffn",
		"encoder.layer.#.output.dense":               "encoder.albert_layer_groups.#.albert_layers.0.ffn_output",
		"encoder.layer.#.output.LayerNorm":           "encoder.albert_layer_groups.#.albert_layers.0.full_layer_layer_norm",
	},
	ownEmbeddingSize: true,
	alwaysProjects:   true,
	pooler:           pooler{name: "albert.pooler", activation: Tanh},
	classifier:       classifierDense,
	masked: maskedNames{
		dense: "predictions.dense", norm: "predictions.LayerNorm", decoder: "predictions.decoder.weight",
		bias: "predictions.bias", decoderBias: "predictions.decoder.bias",
	},
	tokenizer: []string{"tokenizer.json", "spiece.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"},
}

func albertDefaults() BertConfig {
	c, dropout := DefaultBertConfig(), 0.1
	c.ModelType, c.VocabSize, c.EmbeddingSize, c.HiddenSize, c.NumAttentionHeads, c.IntermediateSize = "albert", 30000, 128, 4096, 64, 16384
	c.HiddenAct, c.HiddenDropoutProb, c.AttentionProbsDropoutProb, c.ClassifierDropout = "gelu_new", 0, 0, &dropout
	c.SharedLayers = &SharedLayers{HiddenGroups: 1, InnerGroups: 1}
	return c
}

// SharedLayers are the keys of config.json that only an ALBERT has. Its layers, in their order, are divided into
// HiddenGroups groups, and those of a group have the same parameters.
type SharedLayers struct {
	HiddenGroups int `json:"num_hidden_groups"`
	InnerGroups  int `json:"inner_group_num"`
}

func (l *SharedLayers) unsupported() []string {
	if l == nil || l.InnerGroups == 1 {
		return nil
	}
	return []string{fmt.Sprintf("config.json: inner_group_num is %d, only 1 is supported", l.InnerGroups)}
}

func (l *SharedLayers) contradictions(c BertConfig) []string {
	if l == nil || l.HiddenGroups >= 1 && l.HiddenGroups <= c.NumHiddenLayers {
		return nil
	}
	return []string{fmt.Sprintf("config.json: num_hidden_groups is %d, want from 1 to num_hidden_layers, %d", l.HiddenGroups, c.NumHiddenLayers)}
}
