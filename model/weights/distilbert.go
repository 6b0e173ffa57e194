package weights

// distilbertArchitecture is DistilBERT (Sanh et al., 2019): BERT's layers under other names,
// without token types. A classification model has a linear map and ReLU in place of the pooler.
var distilbertArchitecture = architecture{
	title: "DistilBERT", class: "DistilBert", prefix: "distilbert.",
	defaults: distilbertDefaults(),
	keys: map[string]string{
		"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads",
		"intermediate_size": "hidden_dim", "hidden_act": "activation", "hidden_dropout_prob": "dropout",
		"attention_probs_dropout_prob": "attention_dropout", "classifier_dropout": "seq_classif_dropout",
		"type_vocab_size": "", "layer_norm_eps": "", "position_embedding_type": "",
	},
	names: map[string]string{
		"encoder.layer.#.attention.self.query":       "transformer.layer.#.attention.q_lin",
		"encoder.layer.#.attention.self.key":         "transformer.layer.#.attention.k_lin",
		"encoder.layer.#.attention.self.value":       "transformer.layer.#.attention.v_lin",
		"encoder.layer.#.attention.output.dense":     "transformer.layer.#.attention.out_lin",
		"encoder.layer.#.attention.output.LayerNorm": "transformer.layer.#.sa_layer_norm",
		"encoder.layer.#.intermediate.dense":         "transformer.layer.#.ffn.lin1",
		"encoder.layer.#.output.dense":               "transformer.layer.#.ffn.lin2",
		"encoder.layer.#.output.LayerNorm":           "transformer.layer.#.output_layer_norm",
	},
	noTokenTypes: true,
	pooler:       pooler{name: "pre_classifier", activation: Relu},
	classifier:   "classifier",
	masked: maskedNames{
		dense: "vocab_transform", norm: "vocab_layer_norm", decoder: "vocab_projector.weight", bias: "vocab_projector.bias",
	},
	tokenizer: bertTokenizer,
}

func distilbertDefaults() BertConfig {
	c, dropout := DefaultBertConfig(), 0.2
	c.ModelType, c.NumHiddenLayers, c.TypeVocabSize, c.ClassifierDropout = "distilbert", 6, 0, &dropout
	return c
}
