package tokens

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// The pipelines that transformers' classes make, with the settings that they read.

const sentencePieceSpace = "▁"

// made is a pipeline of parts as tokenizer.json has them.
func made(normalizers, preTokenizers []object, decoder object) (*pipeline, error) {
	f := &fastFile{path: "tokenizer_config.json"}
	for raw, part := range map[*json.RawMessage]any{
		&f.RawNormalizer:   object{"type": "Sequence", "normalizers": normalizers},
		&f.RawPreTokenizer: object{"type": "Sequence", "pretokenizers": preTokenizers},
		&f.Decoder:         decoder,
	} {
		content, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		*raw = content
	}
	return f.readPipeline()
}

func robertaPipeline(config jsonFile, _ *fastFile) (*pipeline, error) {
	space := false
	if err := config.decode("add_prefix_space", &space); err != nil {
		return nil, err
	}
	level := object{"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": true, "use_regex": true}
	return made(nil, []object{level}, object{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true})
}

func xlmRobertaPipeline(config jsonFile, file *fastFile) (*pipeline, error) {
	sign, err := metaspaceOf(config, prependNever)
	if err != nil {
		return nil, err
	}
	table, err := file.charsmap()
	if err != nil {
		return nil, err
	}
	return made(table, []object{{"type": "WhitespaceSplit"}, sign}, decoderOf(sign))
}

func albertPipeline(config jsonFile, file *fastFile) (*pipeline, error) {
	lower, accents := true, false
	if err := config.decode("do_lower_case", &lower); err != nil {
		return nil, err
	}
	if err := config.decode("keep_accents", &accents); err != nil {
		return nil, err
	}
	sign, err := metaspaceOf(config, prependNever)
	if err != nil {
		return nil, err
	}
	steps := []object{replaced("``", `"`), replaced("''", `"`)}
	if !accents {
		steps = append(steps, object{"type": "NFKD"}, object{"type": "StripAccents"})
	}
	if lower {
		steps = append(steps, object{"type": "Lowercase"})
	}
	table, err := file.charsmap()
	if err != nil {
		return nil, err
	}
	return made(append(steps, table...), []object{{"type": "WhitespaceSplit"}, sign}, decoderOf(sign))
}

func debertaPipeline(config jsonFile, _ *fastFile) (*pipeline, error) {
	lower, punctuation := false, false
	if err := config.decode("do_lower_case", &lower); err != nil {
		return nil, err
	}
	if err := config.decode("split_by_punct", &punctuation); err != nil {
		return nil, err
	}
	sign, err := metaspaceOf(config, prependFirst)
	if err != nil {
		return nil, err
	}
	var steps, cutters []object
	if lower {
		steps = append(steps, object{"type": "Lowercase"})
	}
	steps = append(steps, object{"type": "Replace", "pattern": object{"Regex": `\s{2,}|[\n\r\t]`}, "content": " "},
		object{"type": "NFC"}, object{"type": "Strip", "strip_left": false, "strip_right": true})
	if punctuation {
		cutters = append(cutters, object{"type": "Punctuation", "behavior": "Isolated"})
	}
	return made(steps, append(cutters, sign), decoderOf(sign))
}

func replaced(text, with string) object {
	return object{"type": "Replace", "pattern": object{"String": text}, "content": with}
}

// metaspaceOf is the step that puts SentencePiece's space before a word; otherwise is what it does without
// add_prefix_space.
func metaspaceOf(config jsonFile, otherwise string) (object, error) {
	space := true
	if err := config.decode("add_prefix_space", &space); err != nil {
		return nil, err
	}
	scheme := prependAlways
	if !space {
		scheme = otherwise
	}
	return object{"type": "Metaspace", "replacement": sentencePieceSpace, "prepend_scheme": scheme, "split": true}, nil
}

func decoderOf(sign object) object { return sign }

// charsmap is the Precompiled step of a tokenizer.json's normaliser, which some classes take over; none if it has none.
func (f *fastFile) charsmap() ([]object, error) {
	var list []json.RawMessage
	if err := flatten(f.RawNormalizer, "normalizers", &list); err != nil {
		return nil, badJSON(f.path, "normalizer", err)
	}
	for _, raw := range list {
		var step struct {
			typed
			Charsmap *string `json:"precompiled_charsmap"`
		}
		if json.Unmarshal(raw, &step) != nil || step.Type != "Precompiled" || step.Charsmap == nil {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(*step.Charsmap); err != nil {
			return nil, fmt.Errorf("%w: %s: the normalizer's precompiled_charsmap is not base64: %w", ErrBadConfig, f.path, err)
		}
		return []object{{"type": "Precompiled", "precompiled_charsmap": *step.Charsmap}}, nil
	}
	return nil, nil
}
