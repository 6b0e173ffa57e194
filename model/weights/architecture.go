package weights

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// architecture says how one kind of encoder of transformers differs from BERT. Inside the
// program every such encoder has BERT's names of tensors and BERT's keys of config.json, so that
// layouts, checkpoints, frozen layers and passes know one form; files have the architecture's own.
type architecture struct {
	title  string // in messages
	class  string // begins the names of its classes in transformers
	prefix string // begins the names of the encoder's tensors; a file may lack it
	// defaults are those of the configuration's class.
	defaults BertConfig
	// keys are the keys of config.json by BERT's, where they differ; "" for what it does not have.
	keys map[string]string
	// names are the encoder's tensors by BERT's names, where they differ, without the prefixes and
	// ".weight" or ".bias"; # stands for a layer's number.
	names map[string]string

	positionsFromPad bool // the first position is pad_token_id + 1, as in fairseq
	noTokenTypes     bool
	noPositions      bool // positions have no embeddings
	ownEmbeddingSize bool // embedding_size may differ from hidden_size; a projection joins them then
	alwaysProjects   bool // a projection joins them also where they are equal
	relativePosition bool // attention scores have a bias by the distance of query and key
	normsFirst       bool // layers normalise what they get, and the first layer's attention does not
	gated            bool // the inner linear map gives twice its width: values, and what they are multiplied by
	noBias           bool // linear maps and normalisations add no bias, but for a decoder and a head

	// joined is what files have as one tensor; zero where they have none.
	joined joinedTensors

	pooler     pooler
	classifier string // the linear map to the classes
	masked     maskedNames
	// tokenizer are the files of its tokenizer, the vocabulary first.
	tokenizer []string
}

// pooler is what stands between the first position's state and a head: a linear map and an
// activation. Where a classification class keeps it in its head, all tasks share it.
type pooler struct {
	name       string     // of the linear map in a file, with the encoder's prefix where it has it
	activation Activation // after it
	norm       string     // of the normalisation after that; "" for none
	dropout    bool       // before it, with the head's probability
}

// maskedNames are the tensors of the head that tells masked tokens, as files name them.
type maskedNames struct {
	dense, norm, decoder, bias string
	decoderBias                string     // a second name of bias; "" for none
	activation                 Activation // "" is config.json's
}

// architectures are the encoders of transformers that can be computed, by model_type.
// docs/encoders.md says how to add one.
var architectures = map[string]*architecture{
	"bert":        &bertArchitecture,
	"roberta":     robertaArchitecture("RoBERTa", "Roberta", "roberta", 50265),
	"xlm-roberta": robertaArchitecture("XLM-RoBERTa", "XLMRoberta", "xlm-roberta", 30522),
	"camembert":   robertaArchitecture("CamemBERT", "Camembert", "camembert", 30522),
	"distilbert":  &distilbertArchitecture,
	"electra":     &electraArchitecture,
	"mpnet":       &mpnetArchitecture,
	"albert":      &albertArchitecture,
	"modernbert":  &modernbertArchitecture,
	"deberta-v2":  &debertaArchitecture,
}

// ModelTypes lists config.json's model_type of the encoders that can be computed.
func ModelTypes() []string { return slices.Sorted(maps.Keys(architectures)) }

// architecture is the configuration's; of an unknown model_type BERT's, for messages.
func (c BertConfig) architecture() *architecture {
	if a := architectures[c.ModelType]; a != nil {
		return a
	}
	return &bertArchitecture
}

// key is a key of config.json by BERT's.
func (a *architecture) key(berts string) string {
	if own, differs := a.keys[berts]; differs {
		return own
	}
	return berts
}

// toBertsKeys gives config.json the keys of BERT's.
func (a *architecture) toBertsKeys(text []byte) ([]byte, error) {
	if len(a.keys) == 0 {
		return text, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return text, nil // what is wrong is told by who reads it
	}
	for berts, own := range a.keys {
		value, given := fields[own]
		if own == "" {
			delete(fields, berts)
		} else if given {
			fields[berts] = value
		}
	}
	return json.Marshal(fields)
}

// ownKeys is a config.json that is written with the architecture's keys.
type ownKeys struct {
	*architecture
	config any
}

// MarshalJSON renames the keys.
func (o ownKeys) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(o.config)
	if err != nil || len(o.keys) == 0 {
		return text, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	for berts, own := range o.keys {
		value, given := fields[berts]
		delete(fields, berts)
		if own != "" && given {
			fields[own] = value
		}
	}
	return json.Marshal(fields)
}

var layerNumber = regexp.MustCompile(`(?:^|\.)(?:layer|layers|albert_layer_groups)\.(\d+)\.`)

// stem divides a tensor's name into what names has, the layer's number and the ending.
func stem(name string) (stem, layer, ending string) {
	at := strings.LastIndexByte(name, '.') + 1
	stem, ending = name[:max(0, at-1)], name[max(0, at-1):]
	if m := layerNumber.FindStringSubmatchIndex(stem); m != nil {
		layer = stem[m[2]:m[3]]
		stem = stem[:m[2]] + "#" + stem[m[3]:]
	}
	return stem, layer, ending
}

// inFile is the name that a file has for a tensor's canonical name.
func (a *architecture) inFile(name string) string {
	if rest, ok := strings.CutPrefix(name, poolerDense); ok {
		return a.pooler.name + rest
	}
	if rest, ok := strings.CutPrefix(name, poolerNorm); ok {
		return a.pooler.norm + rest
	}
	if rest, ok := strings.CutPrefix(name, classifierDense); ok {
		return a.classifier + rest
	}
	if rest, ok := strings.CutPrefix(name, bertPrefix); ok {
		stem, layer, ending := stem(rest)
		if own, differs := a.names[stem]; differs {
			rest = strings.Replace(own, "#", layer, 1) + ending
		}
		return a.prefix + rest
	}
	for _, m := range a.masked.list() {
		if m.ours == name {
			return m.theirs
		}
	}
	return name
}

// shown is a canonical name as messages write it: as in the file, without the prefix.
func (a *architecture) shown(name string) string { return strings.TrimPrefix(a.inFile(name), a.prefix) }

// canonical gives the name that a tensor of the encoder or of the classifier has here, and
// false for one that is of no use: position ids, language-model heads, heads of other kinds.
func (a *architecture) canonical(name string) (string, bool) {
	name = modernLayerNorm(strings.TrimPrefix(name, a.prefix))
	stem, layer, ending := stem(name)
	if a.pooler.norm != "" && stem == a.pooler.norm {
		return poolerNorm + ending, true
	}
	switch stem {
	case strings.TrimPrefix(a.pooler.name, a.prefix):
		return poolerDense + ending, true
	case a.classifier:
		return classifierDense + ending, ending == ".weight" || ending == ".bias"
	case "embeddings":
		return "", false // position ids, a constant
	}
	if _, differs := a.names[stem]; differs {
		return "", false
	}
	for berts, own := range a.names {
		if own == stem {
			return bertPrefix + strings.Replace(berts, "#", layer, 1) + ending, true
		}
	}
	if strings.HasPrefix(name, "embeddings.") || strings.HasPrefix(name, "encoder.") {
		return bertPrefix + name, true
	}
	return "", false
}

// naming is a tensor's name here and in a file.
type naming struct{ ours, theirs string }

func (m maskedNames) list() []naming {
	all := []naming{
		{MaskedDense + ".weight", m.dense + ".weight"}, {MaskedDense + ".bias", m.dense + ".bias"},
		{MaskedNorm + ".weight", m.norm + ".weight"}, {MaskedNorm + ".bias", m.norm + ".bias"},
		{MaskedDecoder, m.decoder}, {MaskedBias, m.bias},
	}
	if m.decoderBias != "" {
		all = append(all, naming{maskedDecoderBias, m.decoderBias})
	}
	return all
}

// canonicalMasked gives the name that a tensor of the masked-language-model head has here.
func (a *architecture) canonicalMasked(name string) (string, bool) {
	name = modernLayerNorm(name)
	if a == &bertArchitecture { // which has had several names
		return name, strings.HasPrefix(name, MaskedPrefix)
	}
	for _, m := range a.masked.list() {
		if m.theirs == name {
			return m.ours, true
		}
	}
	return "", false
}
