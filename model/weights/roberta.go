package weights

// robertaArchitecture is RoBERTa (Liu et al., 2019) and what shares its form: XLM-RoBERTa
// (Conneau et al., 2020) and CamemBERT. It is BERT but for the positions, which are counted from
// pad_token_id + 1, the head of a classification model, which has a linear map of its own in
// place of the pooler, and the names of the masked-language-model head.
func robertaArchitecture(title, class, modelType string, vocabulary int) *architecture {
	defaults := DefaultBertConfig()
	defaults.ModelType, defaults.VocabSize, defaults.PadTokenID = modelType, vocabulary, 1
	return &architecture{
		title: title, class: class, prefix: "roberta.",
		defaults:         defaults,
		positionsFromPad: true,
		pooler:           pooler{name: "classifier.dense", activation: Tanh, dropout: true},
		classifier:       "classifier.out_proj",
		masked: maskedNames{
			dense: "lm_head.dense", norm: "lm_head.layer_norm", decoder: "lm_head.decoder.weight",
			bias: "lm_head.bias", decoderBias: "lm_head.decoder.bias", activation: Gelu,
		},
		tokenizer: []string{
			"tokenizer.json", "vocab.json", "merges.txt", "sentencepiece.bpe.model",
			"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
		},
	}
}
