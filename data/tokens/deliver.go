package tokens

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"ringmaster/data/replace"
	"ringmaster/durable"
)

// Deliver writes the tokenizer into a model folder for transformers and for [Open]: tokenizer.json,
// tokenizer_config.json and special_tokens_map.json. maxLength is the most ids that the model was trained with; 0 is not
// known. What tokenizer_config.json says besides is kept from the folder at from. A vocab.txt that is in dir stays. typed says
// whether the model takes token types: without, some versions of transformers stop at a tokenizer that gives them.
func (t *Tokenizer) Deliver(dir, from string, maxLength int, typed bool) error {
	config, err := readKeys(from, "tokenizer_config.json")
	if err != nil {
		return err
	}
	names, err := t.specialNames()
	if err != nil {
		return err
	}
	settings, err := t.configFile(config, names, maxLength)
	if err != nil {
		return err
	}
	if !typed {
		settings["model_input_names"] = []string{"input_ids", "attention_mask"}
	}
	file := t.fastFile(names, maxLength)
	if t.pipe != nil {
		file = t.pipelineFile(names, maxLength)
	}
	for name, content := range map[string]any{
		"tokenizer.json": file, "tokenizer_config.json": settings, "special_tokens_map.json": names,
	} {
		if err := durable.WriteJSON(filepath.Join(dir, name), content); err != nil {
			return err
		}
	}
	// Its tokens stand in the others, and versions of transformers disagree on it.
	if err := os.Remove(filepath.Join(dir, "added_tokens.json")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// specialNames are the special tokens by key; mask_token may be absent.
func (t *Tokenizer) specialNames() (map[string]string, error) {
	names := map[string]string{"unk_token": t.unk, "pad_token": t.pad}
	if t.unk == "" {
		delete(names, "unk_token")
	}
	for _, key := range []string{"bos_token", "eos_token"} {
		if name, ok := t.names[key]; ok && t.pipe != nil {
			names[key] = name.Content
		}
	}
	for key, id := range map[string]int32{"cls_token": t.cls, "sep_token": t.sep, "mask_token": t.maskID} {
		if name, ok := t.names[key]; ok && t.pipe != nil {
			names[key] = name.Content
			continue
		}
		if id == NoID {
			continue
		}
		name, ok := t.nameOf(id)
		if !ok {
			return nil, fmt.Errorf("%w: %s has no token with the id %d of %s", ErrBadConfig, t.source, id, key)
		}
		names[key] = name
	}
	return names, nil
}

func (t *Tokenizer) nameOf(id int32) (string, bool) {
	if token, ok := t.added.tokens[id]; ok {
		return token.Content, true
	}
	for piece, other := range t.pieces {
		if other == int(id) {
			return piece, true
		}
	}
	return "", false
}

// configFile is tokenizer_config.json: that of the model's origin, with what is known here.
func (t *Tokenizer) configFile(origin jsonFile, names map[string]string, maxLength int) (map[string]any, error) {
	file := map[string]any{}
	for key, value := range origin.keys {
		file[key] = value
	}
	// These say where the model came from, or how another program cut its texts.
	for _, key := range []string{
		"name_or_path", "is_local", "local_files_only", "max_length", "stride", "truncation_strategy", "pad_to_multiple_of",
		"vocab_file", "tokenizer_file", "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
	} {
		delete(file, key)
	}
	for key, name := range names {
		file[key] = name
	}
	if _, ok := names["mask_token"]; !ok {
		file["mask_token"] = nil
	}
	file["tokenizer_class"] = bertClass.name
	if t.class != nil {
		file["tokenizer_class"] = t.class.delivered()
	}
	if t.asFile {
		file["tokenizer_class"] = "PreTrainedTokenizerFast"
	}
	if n := t.normaliser; t.pipe == nil {
		file["do_lower_case"], file["strip_accents"], file["tokenize_chinese_chars"] = n.lowercase, n.stripAccents, n.chineseChars
	}
	decoder := map[string]writtenToken{}
	for id, token := range t.added.tokens {
		decoder[strconv.Itoa(int(id))] = token.written()
	}
	file["added_tokens_decoder"] = decoder
	if maxLength == 0 {
		maxLength = t.maxLength
	}
	if maxLength > 0 {
		file["model_max_length"] = maxLength
	}
	return file, nil
}

// writtenToken is an added token with all that transformers wants to read.
type writtenToken struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

func (t addedToken) written() writtenToken {
	return writtenToken{t.Content, t.SingleWord, t.LStrip, t.RStrip, t.normalized(), t.Special}
}

type object = map[string]any

// fastFile is tokenizer.json.
func (t *Tokenizer) fastFile(names map[string]string, maxLength int) any {
	added, truncation := t.writtenAdded(), writtenTruncation(maxLength)
	cls, sep := names["cls_token"], names["sep_token"]
	return writtenFile{
		Version: "1.0", Truncation: truncation, Added: added, Normalizer: t.normaliserFile(),
		PreTokenizer: object{"type": "BertPreTokenizer"}, PostProcessor: t.template(cls, sep),
		Decoder: object{"type": "WordPiece", "prefix": continuation, "cleanup": true},
		Model: struct {
			Type       string     `json:"type"`
			Unk        string     `json:"unk_token"`
			Prefix     string     `json:"continuing_subword_prefix"`
			MaxChars   int        `json:"max_input_chars_per_word"`
			Vocabulary vocabulary `json:"vocab"`
		}{"WordPiece", t.unk, continuation, t.maxChars, t.pieces},
	}
}

// writtenFile is tokenizer.json.
type writtenFile struct {
	Version       string          `json:"version"`
	Truncation    any             `json:"truncation"`
	Padding       any             `json:"padding"`
	Added         []numberedToken `json:"added_tokens"`
	Normalizer    any             `json:"normalizer"`
	PreTokenizer  any             `json:"pre_tokenizer"`
	PostProcessor any             `json:"post_processor"`
	Decoder       any             `json:"decoder"`
	Model         any             `json:"model"`
}

// numberedToken is an added token with its id.
type numberedToken struct {
	ID int32 `json:"id"`
	writtenToken
}

func (t *Tokenizer) writtenAdded() []numberedToken {
	added := []numberedToken{}
	for _, id := range slices.Sorted(maps.Keys(t.added.tokens)) {
		added = append(added, numberedToken{id, t.added.tokens[id].written()})
	}
	return added
}

func writtenTruncation(maxLength int) any {
	if maxLength <= 0 {
		return nil
	}
	return object{"direction": "Right", "max_length": maxLength, "strategy": "LongestFirst", "stride": 0}
}

// template is what is put around one text, and around two.
func (t *Tokenizer) template(cls, sep string) object {
	single := []object{part("SpecialToken", cls, 0), part("Sequence", "A", 0), part("SpecialToken", sep, 0)}
	pair, kind := slices.Clone(single), 0
	if t.pair.typed {
		kind = 1
	}
	for range t.pair.separators - 1 {
		pair = append(pair, part("SpecialToken", sep, 0))
	}
	return object{
		"type": "TemplateProcessing", "single": single,
		"pair":           append(pair, part("Sequence", "B", kind), part("SpecialToken", sep, kind)),
		"special_tokens": object{cls: template(cls, t.cls), sep: template(sep, t.sep)},
	}
}

// pipelineFile is tokenizer.json of a tokenizer that is none of BERT's.
func (t *Tokenizer) pipelineFile(names map[string]string, maxLength int) any {
	f := t.pipe.file
	var normalizers []any
	for _, step := range t.steps {
		normalizers = append(normalizers, replaceFile(step))
	}
	for _, raw := range f.Normalizers {
		normalizers = append(normalizers, raw)
	}
	for _, step := range t.after {
		normalizers = append(normalizers, replaceFile(step))
	}
	var normalizer any
	if len(normalizers) > 0 {
		normalizer = object{"type": "Sequence", "normalizers": normalizers}
	}
	cls, _ := t.nameOf(t.cls)
	sep, _ := t.nameOf(t.sep)
	return writtenFile{
		Version: "1.0", Truncation: writtenTruncation(maxLength), Added: t.writtenAdded(), Normalizer: normalizer,
		PreTokenizer: f.PreTokenizer, PostProcessor: t.template(cls, sep), Decoder: f.Decoder, Model: f.Model,
	}
}

func part(kind, id string, typeID int) object {
	return object{kind: object{"id": id, "type_id": typeID}}
}

func template(name string, id int32) object {
	return object{"id": name, "ids": []int32{id}, "tokens": []string{name}}
}

func (t *Tokenizer) normaliserFile() any {
	n := t.normaliser
	bert := object{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": n.chineseChars, "strip_accents": n.stripAccents, "lowercase": n.lowercase}
	if len(t.steps)+len(t.after) == 0 {
		return bert
	}
	var list []object
	for _, step := range t.steps {
		list = append(list, replaceFile(step))
	}
	list = append(list, bert)
	for _, step := range t.after {
		list = append(list, replaceFile(step))
	}
	return object{"type": "Sequence", "normalizers": list}
}

func replaceFile(s replace.Step) object {
	pattern := object{"Regex": s.Regex}
	if s.Literal != "" {
		pattern = object{"String": s.Literal}
	}
	return object{"type": "Replace", "pattern": pattern, "content": s.With}
}

// vocabulary is written in the order of its ids.
type vocabulary map[string]int

func (v vocabulary) MarshalJSON() ([]byte, error) {
	pieces := slices.SortedFunc(maps.Keys(v), func(a, b string) int {
		if v[a] != v[b] {
			return v[a] - v[b]
		}
		return bytes.Compare([]byte(a), []byte(b))
	})
	var out bytes.Buffer
	out.WriteByte('{')
	for i, piece := range pieces {
		if i > 0 {
			out.WriteByte(',')
		}
		key, err := json.Marshal(piece)
		if err != nil {
			return nil, err
		}
		out.Write(key)
		out.WriteByte(':')
		out.WriteString(strconv.Itoa(v[piece]))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
