package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// readPipeline reads a tokenizer other than BERT's as tokenizer.json has it.
func (f *fastFile) readPipeline() (*pipeline, error) {
	p := &pipeline{cache: newWordCache()}
	var list []json.RawMessage
	if err := flatten(f.RawNormalizer, "normalizers", &list); err != nil {
		return nil, badJSON(f.path, "normalizer", err)
	}
	for i, raw := range list {
		if err := p.addNormaliser(raw); err != nil {
			return nil, fmt.Errorf("%w: %s: step %d of the normalizer: %w", ErrUnsupported, f.path, i+1, err)
		}
	}
	return p, p.readPreTokenizer(f)
}

func (p *pipeline) readPreTokenizer(f *fastFile) error {
	var list []json.RawMessage
	if err := flatten(f.RawPreTokenizer, "pretokenizers", &list); err != nil {
		return badJSON(f.path, "pre_tokenizer", err)
	}
	for i, raw := range list {
		if p.bytes {
			return fmt.Errorf("%w: %s: the pre_tokenizer goes on after ByteLevel, which must be its last step", ErrUnsupported, f.path)
		}
		if err := p.addCutter(raw); err != nil {
			return fmt.Errorf("%w: %s: step %d of the pre_tokenizer: %w", ErrUnsupported, f.path, i+1, err)
		}
	}
	p.file.PreTokenizer, p.file.Decoder = f.RawPreTokenizer, f.Decoder
	if p.prependsFirst && p.shortens {
		return fmt.Errorf("%w: %s: Metaspace with the prepend_scheme first, after a normalizer that may take characters off a text's beginning, is not supported", ErrUnsupported, f.path)
	}
	return nil
}

// flatten lists the steps of sequences in sequences, which stand under key.
func flatten(raw json.RawMessage, key string, into *[]json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var step map[string]json.RawMessage
	if err := json.Unmarshal(raw, &step); err != nil {
		return err
	}
	if string(step["type"]) != `"Sequence"` {
		*into = append(*into, raw)
		return nil
	}
	var inner []json.RawMessage
	if err := json.Unmarshal(step[key], &inner); err != nil {
		return err
	}
	for _, step := range inner {
		if err := flatten(step, key, into); err != nil {
			return err
		}
	}
	return nil
}

// The patterns of Replace steps that are known, as transformers writes them.
var knownPatterns = map[string]*regexp.Regexp{
	` {2,}`:           regexp.MustCompile(` {2,}`),
	`\s{2,}|[\n\r\t]`: regexp.MustCompile(unicodeSpaces + `{2,}|[\n\r\t]`),
	`\s+`:             regexp.MustCompile(unicodeSpaces + `+`),
	`\s`:              regexp.MustCompile(unicodeSpaces),
	`[\n\r\t\f\v]`:    regexp.MustCompile(`[\n\r\t\f\v]`),
	`[\t\n\r\f\v]`:    regexp.MustCompile(`[\n\r\t\f\v]`),
}

// unicodeSpaces is what the library's \s has, and Go's has not.
const unicodeSpaces = `[\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]`

func (p *pipeline) addNormaliser(raw json.RawMessage) error {
	var s struct {
		normaliserFile
		Charsmap []byte `json:"precompiled_charsmap"`
		Left     *bool  `json:"strip_left"`
		Right    *bool  `json:"strip_right"`
		Prepend  string `json:"prepend"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	var step textStep
	switch s.Type {
	case "NFC":
		step = unicodeForm(norm.NFC)
	case "NFD":
		step = unicodeForm(norm.NFD)
	case "NFKC":
		step = unicodeForm(norm.NFKC)
	case "NFKD":
		step = unicodeForm(norm.NFKD)
	case "Lowercase":
		step = lowered
	case "StripAccents":
		step = withoutMarks
	case "Strip":
		step = stripped(valueOr(s.Left, true), valueOr(s.Right, true))
	case "Prepend":
		step = func(text string) string {
			if text == "" {
				return text
			}
			return s.Prepend + text
		}
	case "BertNormalizer":
		n, err := s.bert("tokenizer.json")
		if err != nil {
			return err
		}
		step = n.normalise
	case "Precompiled":
		if len(s.Charsmap) == 0 { // a SentencePiece model without a normaliser of its own
			step = func(text string) string { return text }
			break
		}
		table, err := newPrecompiled(s.Charsmap)
		if err != nil {
			return err
		}
		step = table.apply
	case "Replace":
		known, err := s.replaceStep()
		if err != nil {
			return err
		}
		step = known
	default:
		return fmt.Errorf("%s is not supported", s.Type)
	}
	switch s.Type {
	case "Strip":
		p.shortens = p.shortens || valueOr(s.Left, true)
		p.stripsLeft, p.stripsRight = p.stripsLeft || valueOr(s.Left, true), p.stripsRight || valueOr(s.Right, true)
	case "Prepend":
		p.prepends = true
	case "StripAccents", "BertNormalizer", "Precompiled":
		p.shortens = true
	case "Replace":
		p.shortens = p.shortens || s.Content == ""
	}
	p.rewrites = p.rewrites || !slices.Contains([]string{"Strip", "Prepend", "Replace"}, s.Type)
	p.normalisers, p.file.Normalizers = append(p.normalisers, step), append(p.file.Normalizers, raw)
	return nil
}

func (s normaliserFile) replaceStep() (textStep, error) {
	if step, ok := s.replacement(); ok {
		return step.Apply, nil
	}
	if s.Pattern.Regex == nil {
		return nil, errors.New("a Replace has no pattern")
	}
	pattern := knownPatterns[*s.Pattern.Regex]
	if pattern == nil {
		return nil, fmt.Errorf("a Replace has the pattern %q, which is not one of those that are known", *s.Pattern.Regex)
	}
	return func(text string) string { return pattern.ReplaceAllLiteralString(text, s.Content) }, nil
}

func (p *pipeline) addCutter(raw json.RawMessage) error {
	var c struct {
		typed
		PrefixSpace *bool  `json:"add_prefix_space"` // of ByteLevel, and of Metaspace in files of old versions
		Pattern     *bool  `json:"use_regex"`
		Sign        string `json:"replacement"`
		Prepend     string `json:"prepend_scheme"`
		Split       *bool  `json:"split"`
		Behaviour   string `json:"behavior"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	switch c.Type {
	case "ByteLevel":
		p.bytes = true
		p.cutters = append(p.cutters, byteLevel(valueOr(c.PrefixSpace, true), valueOr(c.Pattern, true)))
	case "WhitespaceSplit":
		p.dropsSpace = p.dropsSpace || len(p.cutters) == 0
		p.cutters = append(p.cutters, whitespaceSplit)
	case "Punctuation":
		if c.Behaviour != "" && !strings.EqualFold(c.Behaviour, "isolated") {
			return fmt.Errorf("a Punctuation with the behavior %s is not supported", c.Behaviour)
		}
		p.cutters = append(p.cutters, isolatePunctuation)
	case "Metaspace":
		prepend := c.Prepend
		if prepend == "" {
			prepend = prependAlways
			if !valueOr(c.PrefixSpace, true) {
				prepend = prependNever
			}
		}
		if prepend != prependAlways && prepend != prependFirst && prepend != prependNever {
			return fmt.Errorf("a Metaspace has the prepend_scheme %s", prepend)
		}
		p.prependsFirst = p.prependsFirst || prepend == prependFirst
		p.cutters = append(p.cutters, metaspace(c.Sign, prepend, valueOr(c.Split, true)))
	default:
		return fmt.Errorf("%s is not supported", c.Type)
	}
	return nil
}
