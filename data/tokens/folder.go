package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// settings are the parts of tokenizer_config.json that BERT tokenizers vary in, with transformers' defaults. As in
// transformers, they rule over the normaliser written in tokenizer.json.
type settings struct {
	LowerCase    bool  `json:"do_lower_case"`
	StripAccents *bool `json:"strip_accents"` // nil: as LowerCase
	ChineseChars bool  `json:"tokenize_chinese_chars"`
}

func (s settings) normaliser() normaliser {
	strip := s.LowerCase
	if s.StripAccents != nil {
		strip = *s.StripAccents
	}
	return normaliser{chineseChars: s.ChineseChars, stripAccents: strip, lowercase: s.LowerCase}
}

// addedToken is an entry of tokenizer.json's added_tokens or tokenizer_config.json's added_tokens_decoder.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// readVocabulary reads a piece a line; the line's number, from 0, is the id. A piece that stands twice has its last
// id, as in transformers. lines is the number of ids, the rows a model's embedding has at least.
func readVocabulary(path string) (vocabulary map[string]int, lines int, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %s: give a model folder with BERT's vocab.txt: %w", ErrNoVocabulary, path, err)
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(content))
	pieces := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	vocabulary = make(map[string]int, len(pieces))
	for id, piece := range pieces {
		vocabulary[piece] = id
	}
	return vocabulary, len(pieces), nil
}

// readSettings reads tokenizer_config.json, which may be absent, and refuses what would give other ids than ours.
func readSettings(path string, vocabulary map[string]int) (settings, error) {
	config := struct {
		settings
		TruncationSide string                `json:"truncation_side"`
		Added          map[string]addedToken `json:"added_tokens_decoder"`
	}{settings: settings{LowerCase: true, ChineseChars: true}}
	if found, err := readJSON(path, &config); !found || err != nil {
		return config.settings, err
	}
	if config.TruncationSide == "left" {
		return settings{}, fmt.Errorf("%w: %s: truncation_side is left: only right is known here", ErrUnsupported, path)
	}
	for key, token := range config.Added {
		if _, err := fmt.Sscan(key, &token.ID); err != nil {
			return settings{}, fmt.Errorf("%w: %s: added_tokens_decoder: %q is no id", ErrBadConfig, path, key)
		}
		if err := checkAdded(path, token, vocabulary); err != nil {
			return settings{}, err
		}
	}
	return config.settings, checkSpecialNames(path)
}

// checkSpecialNames refuses a tokenizer_config.json that gives the special tokens other names than BERT's.
func checkSpecialNames(path string) error {
	names := make(map[string]json.RawMessage)
	if _, err := readJSON(path, &names); err != nil {
		return err
	}
	for _, special := range specialTokens {
		raw, present := names[special.configKey]
		if !present || string(raw) == "null" {
			continue
		}
		var name string
		if err := json.Unmarshal(raw, &name); err != nil {
			var token addedToken
			if err := json.Unmarshal(raw, &token); err != nil {
				return fmt.Errorf("%w: %s: %s: %w", ErrBadConfig, path, special.configKey, err)
			}
			name = token.Content
		}
		if name != special.name {
			return fmt.Errorf("%w: %s: %s is %q, BERT's is %q", ErrUnsupported, path, special.configKey, name, special.name)
		}
	}
	return nil
}

// checkTokenizerJSON compares tokenizer.json, which may be absent, with vocab.txt: transformers reads the one, this
// package the other, so they must say the same.
func checkTokenizerJSON(path string, vocabulary map[string]int) error {
	var file struct {
		Added []addedToken `json:"added_tokens"`
		Model struct {
			Type       string         `json:"type"`
			Prefix     string         `json:"continuing_subword_prefix"`
			MaxChars   int            `json:"max_input_chars_per_word"`
			Vocabulary map[string]int `json:"vocab"`
		} `json:"model"`
	}
	file.Model.Type, file.Model.Prefix, file.Model.MaxChars = "WordPiece", continuation, maxWordChars
	if found, err := readJSON(path, &file); !found || err != nil {
		return err
	}
	model := file.Model
	if model.Type != "WordPiece" || model.Prefix != continuation || model.MaxChars != maxWordChars {
		return fmt.Errorf("%w: %s: the model is %s with prefix %q and %d characters a word, BERT's is WordPiece with %q and %d",
			ErrUnsupported, path, model.Type, model.Prefix, model.MaxChars, continuation, maxWordChars)
	}
	if len(model.Vocabulary) != len(vocabulary) {
		return fmt.Errorf("%w: %s has %d pieces, vocab.txt has %d: they must be one vocabulary",
			ErrUnsupported, path, len(model.Vocabulary), len(vocabulary))
	}
	for piece, id := range model.Vocabulary {
		if got, known := vocabulary[piece]; !known || got != id {
			return fmt.Errorf("%w: %s gives %q the id %d, vocab.txt does not: they must be one vocabulary",
				ErrUnsupported, path, piece, id)
		}
	}
	for _, token := range file.Added {
		if err := checkAdded(path, token, vocabulary); err != nil {
			return err
		}
	}
	return nil
}

// checkAdded accepts BERT's special tokens as BERT has them: any other added token would be found in texts by
// transformers and not by this package.
func checkAdded(path string, token addedToken, vocabulary map[string]int) error {
	id, known := vocabulary[token.Content]
	special := slices.ContainsFunc(specialTokens[:], func(s specialToken) bool { return s.name == token.Content })
	if !special || !known || id != token.ID || token.SingleWord || token.LStrip || token.RStrip || token.Normalized {
		return fmt.Errorf("%w: %s adds the token %q with id %d: only BERT's own special tokens can be added, with the ids of vocab.txt and no stripping",
			ErrUnsupported, path, token.Content, token.ID)
	}
	return nil
}

// readJSON decodes a file that may be absent.
func readJSON(path string, into any) (found bool, err error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrBadConfig, err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return false, fmt.Errorf("%w: %s: %w", ErrBadConfig, filepath.Clean(path), err)
	}
	return true, nil
}
