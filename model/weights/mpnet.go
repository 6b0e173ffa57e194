package weights

// mpnetArchitecture is MPNet (Song et al., 2020): no token types, positions counted from
// pad_token_id + 1, and in every layer's attention scores a bias by the distance of query and
// key, which all layers share. A classification model has a linear map and tanh in place of the
// pooler.
var mpnetArchitecture = architecture{
	title: "MPNet", class: "MPNet", prefix: "mpnet.",
	defaults: mpnetDefaults(),
	keys:     map[string]string{"type_vocab_size": "", "classifier_dropout": "", "position_embedding_type": ""},
	names: map[string]string{
		relativeBias:                                 "encoder.relative_attention_bias",
		"encoder.layer.#.attention.self.query":       "encoder.layer.#.attention.attn.q",
		"encoder.layer.#.attention.self.key":         "encoder.layer.#.attention.attn.k",
		"encoder.layer.#.attention.self.value":       "encoder.layer.#.attention.attn.v",
		"encoder.layer.#.attention.output.dense":     "encoder.layer.#.attention.attn.o",
		"encoder.layer.#.attention.output.LayerNorm": "encoder.layer.#.attention.LayerNorm",
	},
	positionsFromPad: true,
	noTokenTypes:     true,
	relativePosition: true,
	pooler:           pooler{name: "classifier.dense", activation: Tanh, dropout: true},
	classifier:       "classifier.out_proj",
	masked: maskedNames{
		dense: "lm_head.dense", norm: "lm_head.layer_norm", decoder: "lm_head.decoder.weight",
		bias: "lm_head.bias", decoderBias: "lm_head.decoder.bias", activation: Gelu,
	},
	tokenizer: bertTokenizer,
}

func mpnetDefaults() BertConfig {
	c := DefaultBertConfig()
	c.ModelType, c.VocabSize, c.PadTokenID, c.TypeVocabSize, c.RelativeBuckets = "mpnet", 30527, 1, 0, 32
	return c
}
