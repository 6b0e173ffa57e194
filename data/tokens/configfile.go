package tokens

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// token reads a special token: its name, or an object with its name as content. nil: the key is null.
func (f jsonFile) token(key string) (*addedToken, error) { return readToken(f, key, f.keys[key]) }

func readToken(f jsonFile, key string, raw json.RawMessage) (*addedToken, error) {
	var name string
	token := addedToken{Special: true}
	switch {
	case string(raw) == "null":
		return nil, nil
	case json.Unmarshal(raw, &name) == nil:
		token.Content = name
	default:
		if err := json.Unmarshal(raw, &token); err != nil {
			return nil, badJSON(f.path, key, err)
		}
	}
	if token.Content == "" {
		return nil, fmt.Errorf("%w: %s: %s is an empty token", ErrBadConfig, f.path, key)
	}
	return &token, nil
}

// tokenList reads a list of special tokens, or an object whose values they are. Another program's order of keys is not
// kept by JSON: only tokens that have ids already may stand in an object, which addTokens checks.
func (f jsonFile) tokenList(key string) ([]addedToken, error) {
	if !f.has(key) {
		return nil, nil
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(f.keys[key], &raws); err != nil {
		var named map[string]json.RawMessage
		if err := json.Unmarshal(f.keys[key], &named); err != nil {
			return nil, badJSON(f.path, key, err)
		}
		if len(named) > 1 {
			return nil, fmt.Errorf("%w: %s: %s is an object, whose order decides about ids; make it a list", ErrUnsupported, f.path, key)
		}
		raws = slices.Collect(maps.Values(named))
	}
	var tokens []addedToken
	for _, raw := range raws {
		token, err := readToken(f, key, raw)
		if err != nil {
			return nil, err
		}
		if token != nil {
			tokens = append(tokens, *token)
		}
	}
	return tokens, nil
}

// settings are what BERT's normaliser varies in, with transformers' defaults.
type settings struct {
	LowerCase    bool
	StripAccents *bool // nil: as LowerCase
	ChineseChars bool
}

func (s settings) normaliser() normaliser {
	strip := s.LowerCase
	if s.StripAccents != nil {
		strip = *s.StripAccents
	}
	return normaliser{chineseChars: s.ChineseChars, stripAccents: strip, lowercase: s.LowerCase}
}

// readSettings reads them from tokenizer_config.json, where transformers' BertTokenizer looks for them.
func readSettings(config jsonFile) (settings, error) {
	s := settings{LowerCase: true, ChineseChars: true}
	for key, into := range map[string]*bool{"do_lower_case": &s.LowerCase, "tokenize_chinese_chars": &s.ChineseChars} {
		if raw, ok := config.keys[key]; ok && string(raw) == "null" {
			return s, fmt.Errorf("%w: %s: %s is null, want true or false", ErrBadConfig, config.path, key)
		}
		if err := config.decode(key, into); err != nil {
			return s, err
		}
	}
	return s, config.decode("strip_accents", &s.StripAccents)
}

// checkVariations refuses settings under which transformers would give other ids.
func checkVariations(config jsonFile, file *fastFile) error {
	side, split := "", false
	if err := config.decode("truncation_side", &side); err != nil {
		return err
	}
	if side == "" && file != nil && file.Truncation != nil && strings.EqualFold(file.Truncation.Direction, "left") {
		return fmt.Errorf("%w: %s: texts are cut on the left: only right is supported", ErrUnsupported, file.path)
	}
	if side == "left" {
		return fmt.Errorf("%w: %s: truncation_side is left: only right is supported", ErrUnsupported, config.path)
	}
	if err := config.decode("split_special_tokens", &split); err != nil {
		return err
	}
	if split {
		return fmt.Errorf("%w: %s: split_special_tokens is true: only false is supported", ErrUnsupported, config.path)
	}
	return nil
}

// readDecoder reads added_tokens_decoder: added tokens by their ids, which are keys.
func readDecoder(config jsonFile) ([]declaredToken, error) {
	var byKey map[string]addedToken
	if err := config.decode("added_tokens_decoder", &byKey); err != nil {
		return nil, err
	}
	list := make([]declaredToken, 0, len(byKey))
	for key, token := range byKey {
		id, err := strconv.Atoi(key)
		if err != nil || id < 0 {
			return nil, fmt.Errorf("%w: %s: added_tokens_decoder: %q is not an id", ErrBadConfig, config.path, key)
		}
		list = append(list, declaredToken{token, id, config.path})
	}
	return list, nil
}
