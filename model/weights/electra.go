package weights

// electraArchitecture is ELECTRA (Clark et al., 2020): BERT with embeddings of a width of their
// own, projected to that of the layers where they differ. A classification model has a linear map
// and GELU in place of the pooler. The masked-language-model head is the generator's; the
// discriminator's, which tells replaced tokens, is left out.
var electraArchitecture = architecture{
	title: "ELECTRA", class: "Electra", prefix: "electra.",
	defaults:         electraDefaults(),
	names:            map[string]string{embeddingProjection: "embeddings_project"},
	ownEmbeddingSize: true,
	pooler:           pooler{name: "classifier.dense", activation: Gelu, dropout: true},
	classifier:       "classifier.out_proj",
	masked: maskedNames{
		dense: "generator_predictions.dense", norm: "generator_predictions.LayerNorm",
		decoder: "generator_lm_head.weight", bias: "generator_lm_head.bias", activation: Gelu,
	},
	tokenizer: bertTokenizer,
}

func electraDefaults() BertConfig {
	c := DefaultBertConfig()
	c.ModelType, c.EmbeddingSize, c.HiddenSize, c.NumAttentionHeads, c.IntermediateSize = "electra", 128, 256, 4, 1024
	return c
}
