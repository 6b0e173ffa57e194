package tokens

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"ringmaster/data/replace"
)

// fastFile is tokenizer.json, the file of Hugging Face's tokenizers library, as far as it is read here.
type fastFile struct {
	path       string
	Truncation *struct {
		Direction string `json:"direction"`
	} `json:"truncation"`
	Padding *struct {
		PadToken string `json:"pad_token"`
	} `json:"padding"`
	Added         []fileToken     `json:"added_tokens"`
	Normalizer    *normaliserFile `json:"normalizer"`
	PreTokenizer  *typed          `json:"pre_tokenizer"`
	PostProcessor *processorFile  `json:"post_processor"`
	Model         struct {
		typed
		Unk        *string         `json:"unk_token"`
		Prefix     *string         `json:"continuing_subword_prefix"`
		MaxChars   *int            `json:"max_input_chars_per_word"`
		Vocabulary json.RawMessage `json:"vocab"`
		Merges     json.RawMessage `json:"merges"`
	} `json:"model"`

	vocabulary  map[string]int
	rawSections `json:"-"` // read where the model is not BERT's
}

// fileToken is an added token with its id.
type fileToken struct {
	ID int `json:"id"`
	addedToken
}

type typed struct {
	Type string `json:"type"`
}

// normaliserFile is a step of the normaliser, or several.
type normaliserFile struct {
	typed
	Normalizers  []normaliserFile `json:"normalizers"` // of a Sequence
	CleanText    *bool            `json:"clean_text"`  // these of BertNormalizer
	ChineseChars *bool            `json:"handle_chinese_chars"`
	StripAccents *bool            `json:"strip_accents"`
	LowerCase    *bool            `json:"lowercase"`
	Pattern      struct {         // these of Replace
		String *string `json:"String"`
		Regex  *string `json:"Regex"`
	} `json:"pattern"`
	Content string `json:"content"`
}

// readFastFile reads tokenizer.json; nil when there is none. What no BERT tokenizer is made of is refused.
func readFastFile(dir string) (*fastFile, error) {
	f := &fastFile{path: filepath.Join(dir, "tokenizer.json")}
	if found, err := readJSON(f.path, f); !found || err != nil {
		return nil, err
	}
	if f.Model.Type == "" { // files of old versions do not say
		f.Model.Type = wordPiece
		if len(f.Model.Merges) > 0 {
			f.Model.Type = bpeModel
		} else if bytes.HasPrefix(f.Model.Vocabulary, []byte("[")) {
			f.Model.Type = unigrams
		}
	}
	if f.Model.Type == bpeModel || f.Model.Type == unigrams {
		_, err := readJSON(f.path, &f.rawSections)
		return f, err
	}
	return f, errors.Join(f.readModel(), f.checkPreTokenizer())
}

func (f *fastFile) readModel() error {
	m := &f.Model
	if m.Type != "WordPiece" || valueOr(m.Prefix, continuation) != continuation {
		return fmt.Errorf("%w: %s: the model is %s with the prefix %q, BERT's is WordPiece with %q",
			ErrUnsupported, f.path, m.Type, valueOr(m.Prefix, continuation), continuation)
	}
	if f.maxChars() < 1 {
		return fmt.Errorf("%w: %s: max_input_chars_per_word is %d, want at least 1", ErrBadConfig, f.path, f.maxChars())
	}
	if err := json.Unmarshal(m.Vocabulary, &f.vocabulary); err != nil {
		return badJSON(f.path, "model.vocab", err)
	}
	for piece, id := range f.vocabulary {
		if id < 0 || id > 1<<30 {
			return fmt.Errorf("%w: %s: the piece %q has the id %d", ErrBadConfig, f.path, piece, id)
		}
	}
	return nil
}

func (f *fastFile) checkPreTokenizer() error {
	if p := f.PreTokenizer; p != nil && p.Type != "BertPreTokenizer" {
		return fmt.Errorf("%w: %s: texts are cut into words by %s, BERT's are by BertPreTokenizer", ErrUnsupported, f.path, p.Type)
	}
	return nil
}

func (f *fastFile) unk() string   { return valueOr(f.Model.Unk, "[UNK]") }
func (f *fastFile) maxChars() int { return valueOr(f.Model.MaxChars, maxWordChars) }

func valueOr[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

func (f *fastFile) added() []declaredToken {
	list := make([]declaredToken, len(f.Added))
	for i, t := range f.Added {
		list[i] = declaredToken{t.addedToken, t.ID, f.path}
	}
	return list
}

// normaliser reads a normaliser that is BERT's, with replacements before and after it.
func (f *fastFile) normaliser() (n normaliser, before, after []replace.Step, err error) {
	if f.Normalizer == nil {
		return n, nil, nil, fmt.Errorf("%w: %s has no normalizer, BERT's has BertNormalizer", ErrUnsupported, f.path)
	}
	found := false
	steps := &before
	for i, s := range f.flat([]normaliserFile{*f.Normalizer}) {
		switch {
		case s.Type == "BertNormalizer" && !found:
			if n, err = s.bert(f.path); err != nil {
				return n, nil, nil, err
			}
			found, steps = true, &after
		case s.Type == "Replace" && s.Pattern.String != nil && *s.Pattern.String != "":
			*steps = append(*steps, replace.Literal(*s.Pattern.String, s.Content))
		case s.Type == "Replace" && s.Pattern.Regex != nil:
			step, err := replace.Parse(*s.Pattern.Regex, s.Content)
			if err != nil {
				return n, nil, nil, fmt.Errorf("%w: %s: step %d of the normalizer replaces by an %w", ErrUnsupported, f.path, i+1, err)
			}
			*steps = append(*steps, step)
		default:
			return n, nil, nil, fmt.Errorf("%w: %s: step %d of the normalizer is %s: one BertNormalizer with Replace steps around it is supported",
				ErrUnsupported, f.path, i+1, s.Type)
		}
	}
	if !found {
		return n, nil, nil, fmt.Errorf("%w: %s: the normalizer has no BertNormalizer", ErrUnsupported, f.path)
	}
	return n, before, after, nil
}

// flat lists the steps of sequences in sequences.
func (f *fastFile) flat(list []normaliserFile) (steps []normaliserFile) {
	for _, s := range list {
		if s.Type == "Sequence" {
			steps = append(steps, f.flat(s.Normalizers)...)
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

func (s normaliserFile) bert(path string) (normaliser, error) {
	if !valueOr(s.CleanText, true) {
		return normaliser{}, fmt.Errorf("%w: %s: the normalizer's clean_text is false, BERT's is true", ErrUnsupported, path)
	}
	set := settings{LowerCase: valueOr(s.LowerCase, true), StripAccents: s.StripAccents, ChineseChars: valueOr(s.ChineseChars, true)}
	return set.normaliser(), nil
}
