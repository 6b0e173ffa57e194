package tokens

import (
	"fmt"
	"strings"
)

// class is one of transformers' tokenizers, which makes a part of the tokenizer itself, whatever tokenizer.json says.
type class struct {
	name  string
	model string            // that it cuts words by
	names map[string]string // special tokens, by key, where no file names them
	// first and last are the keys of the tokens before and after a text.
	first, last string
	pair        pairForm
	extra       []string // special tokens besides, where no file has some
	// maskTakesSpace: a mask that is only named takes the white space before it.
	maskTakesSpace bool
	// pipeline makes all but the model, of tokenizer_config.json and tokenizer.json, which may be nil. BERT's has none.
	pipeline func(config jsonFile, file *fastFile) (*pipeline, error)
}

// delivered is the class that a delivered folder names.
func (c *class) delivered() string {
	switch c.name {
	case "DistilBertTokenizer", "ElectraTokenizer":
		return bertClass.name
	}
	return c.name
}

// pairForm says how a class joins two texts.
type pairForm struct {
	separators int  // between the texts
	typed      bool // the second text has token type 1
}

const (
	wordPiece = "WordPiece"
	bpeModel  = "BPE"
	unigrams  = "Unigram"
)

// names of the special tokens of two families.
var (
	bertNames = map[string]string{
		"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
	}
	robertaNames = map[string]string{
		"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>",
	}
)

// changed is names with others for some keys.
func changed(names map[string]string, pairs ...string) map[string]string {
	out := map[string]string{}
	for key, name := range names {
		out[key] = name
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

var (
	bertClass = class{name: "BertTokenizer", model: wordPiece, names: bertNames, first: "cls_token", last: "sep_token", pair: pairForm{1, true}}
	classes   = []class{
		bertClass,
		{name: "DistilBertTokenizer", model: wordPiece, names: bertNames, first: "cls_token", last: "sep_token", pair: pairForm{1, true}},
		{name: "ElectraTokenizer", model: wordPiece, names: bertNames, first: "cls_token", last: "sep_token", pair: pairForm{1, true}},
		{
			name: "MPNetTokenizer", model: wordPiece, names: changed(robertaNames, "unk_token", "[UNK]"),
			first: "cls_token", last: "sep_token", pair: pairForm{2, false},
		},
		{name: "RobertaTokenizer", model: bpeModel, names: robertaNames, first: "cls_token", last: "sep_token", pair: pairForm{2, false}, pipeline: robertaPipeline},
		{name: "XLMRobertaTokenizer", model: unigrams, names: robertaNames, first: "bos_token", last: "eos_token", pair: pairForm{2, false}, pipeline: xlmRobertaPipeline},
		{
			name: "CamembertTokenizer", model: unigrams, names: robertaNames, first: "bos_token", last: "eos_token", pair: pairForm{2, false},
			extra: []string{"<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"}, maskTakesSpace: true, pipeline: xlmRobertaPipeline,
		},
		{
			name: "AlbertTokenizer", model: unigrams,
			names: changed(bertNames, "bos_token", "[CLS]", "eos_token", "[SEP]", "unk_token", "<unk>", "pad_token", "<pad>"),
			first: "cls_token", last: "sep_token", pair: pairForm{1, true}, pipeline: albertPipeline,
		},
		{
			name: "DebertaV2Tokenizer", model: unigrams, names: changed(bertNames, "bos_token", "[CLS]", "eos_token", "[SEP]"),
			first: "cls_token", last: "sep_token", pair: pairForm{1, true}, pipeline: debertaPipeline,
		},
	}
)

// classOfModel are the classes of models whose folders name none.
var classOfModel = map[string]string{
	"roberta": "RobertaTokenizer", "camembert": "CamembertTokenizer", "roberta-prelayernorm": "RobertaTokenizer", "xlm-roberta": "XLMRobertaTokenizer",
	"albert": "AlbertTokenizer", "deberta-v2": "DebertaV2Tokenizer", "mpnet": "MPNetTokenizer", "modernbert": "TokenizersBackend",
}

// readClass says which of transformers' tokenizers a folder asks for. nil: the one that does as tokenizer.json says.
// Others are refused.
func readClass(config, model jsonFile) (*class, error) {
	for _, key := range []string{"auto_map", "fast_tokenizer_files"} {
		if config.has(key) {
			return nil, fmt.Errorf("%w: %s has %s, a tokenizer of the model's own: only those of transformers are supported", ErrUnsupported, config.path, key)
		}
	}
	name, kind, from := "", "", config
	if err := config.decode("tokenizer_class", &name); err != nil {
		return nil, err
	}
	if err := model.decode("model_type", &kind); err != nil {
		return nil, err
	}
	if name == "" {
		from = model
		if err := model.decode("tokenizer_class", &name); err != nil {
			return nil, err
		}
	}
	// Transformers believes no class that a ModernBERT's folder names.
	if name == "" || kind == "modernbert" {
		name = classOfModel[kind]
	}
	if name == "PreTrainedTokenizerFast" || strings.TrimSuffix(name, "Fast") == "TokenizersBackend" {
		return nil, nil
	}
	if name == "" {
		return &bertClass, nil
	}
	var known []string
	for i := range classes {
		if classes[i].name == strings.TrimSuffix(name, "Fast") {
			return &classes[i], nil
		}
		known = append(known, classes[i].name)
	}
	return nil, fmt.Errorf("%w: %s: tokenizer_class is %s: supported are %s, and PreTrainedTokenizerFast with a tokenizer.json",
		ErrUnsupported, from.path, name, strings.Join(known, ", "))
}
