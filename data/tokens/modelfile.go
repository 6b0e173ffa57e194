package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"ringmaster/inputfile"
)

// bpeFile is the model section of tokenizer.json for byte-pair merges.
type bpeFile struct {
	bpeSettings
	Vocabulary map[string]int    `json:"vocab"`
	Merges     []json.RawMessage `json:"merges"`
	parsed     [][2]string
	path       string
}

// bpeSettings come before the vocabulary, in files that are read and written.
type bpeSettings struct {
	Type         string   `json:"type"`
	Dropout      *float64 `json:"dropout"`
	Unk          *string  `json:"unk_token"`
	Prefix       *string  `json:"continuing_subword_prefix"`
	Suffix       *string  `json:"end_of_word_suffix"`
	FuseUnk      bool     `json:"fuse_unk"`
	ByteFallback bool     `json:"byte_fallback"`
	IgnoreMerges bool     `json:"ignore_merges"`
}

// readBPE reads merges from tokenizer.json.
func readBPE(path string, raw json.RawMessage) (*bpeFile, error) {
	f := &bpeFile{path: path}
	if err := json.Unmarshal(raw, f); err != nil {
		return nil, badJSON(path, "model", err)
	}
	if valueOr(f.Dropout, 0) != 0 || valueOr(f.Prefix, "") != "" || valueOr(f.Suffix, "") != "" || f.ByteFallback {
		return nil, fmt.Errorf("%w: %s: the BPE model has dropout, a continuing_subword_prefix, an end_of_word_suffix or byte_fallback: none of them is supported",
			ErrUnsupported, path)
	}
	for i, raw := range f.Merges {
		var pair [2]string
		var line string
		if json.Unmarshal(raw, &line) == nil {
			var ok bool
			if pair[0], pair[1], ok = strings.Cut(line, " "); !ok {
				return nil, fmt.Errorf("%w: %s: merge %d is %q, want two pieces with a space between", ErrBadConfig, path, i+1, line)
			}
		} else if err := json.Unmarshal(raw, &pair); err != nil {
			return nil, badJSON(path, "model.merges", err)
		}
		f.parsed = append(f.parsed, pair)
	}
	return f, nil
}

// readMerges reads vocab.json and merges.txt; nil where there is no vocab.json.
func readMerges(dir string) (*bpeFile, error) {
	f := &bpeFile{path: filepath.Join(dir, "vocab.json"), bpeSettings: bpeSettings{Type: bpeModel}}
	if found, err := readJSON(f.path, &f.Vocabulary); !found || err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "merges.txt")
	content, err := inputfile.Read(path, largestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s needs merges.txt beside it, which does not exist", ErrNoVocabulary, f.path)
	}
	if err != nil || !utf8.Valid(content) {
		return nil, fmt.Errorf("%w: %s cannot be read as UTF-8 text: %w", ErrBadConfig, path, err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if strings.HasPrefix(line, "#version") {
			continue
		}
		first, second, ok := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
		if !ok || strings.Contains(second, " ") {
			return nil, fmt.Errorf("%w: %s: line %d is %q, want two pieces with a space between", ErrBadConfig, path, i+1, line)
		}
		f.parsed = append(f.parsed, [2]string{first, second})
	}
	return f, nil
}

// ready checks the merges against the vocabulary and translates both to bytes.
func (f *bpeFile) ready() (*bpe, error) {
	b := &bpe{merges: make(map[uint64]merged, len(f.parsed)), unk: NoID, fuse: f.FuseUnk}
	for i := range b.bytes {
		b.bytes[i] = NoID
	}
	if f.IgnoreMerges {
		b.whole = map[string]int32{}
	}
	for piece, id := range f.Vocabulary {
		if id < 0 || id > 1<<30 {
			return nil, fmt.Errorf("%w: %s: the piece %q has the id %d", ErrBadConfig, f.path, piece, id)
		}
		written, ok := bytesOf(piece)
		if !ok {
			continue
		}
		if len(written) == 1 {
			b.bytes[written[0]] = int32(id)
		}
		if b.whole != nil {
			b.whole[written] = int32(id)
		}
	}
	if unk, ok := f.Vocabulary[valueOr(f.Unk, "")]; ok && f.Unk != nil {
		b.unk = int32(unk)
	}
	for rank, pair := range f.parsed {
		first, ok1 := f.Vocabulary[pair[0]]
		second, ok2 := f.Vocabulary[pair[1]]
		both, ok3 := f.Vocabulary[pair[0]+pair[1]]
		if !ok1 || !ok2 || !ok3 {
			return nil, fmt.Errorf("%w: %s: merge %d joins %q and %q, but the vocabulary has not both of them and what they make", ErrBadConfig, f.path, rank+1, pair[0], pair[1])
		}
		b.merges[pairKey(int32(first), int32(second))] = merged{rank, int32(both)}
	}
	return b, nil
}

// section is the model section of tokenizer.json.
func (f *bpeFile) section() (json.RawMessage, error) {
	type section struct {
		bpeSettings
		Vocabulary vocabulary  `json:"vocab"`
		Merges     [][2]string `json:"merges"`
	}
	settings := bpeSettings{Type: bpeModel, Unk: f.Unk, FuseUnk: f.FuseUnk, IgnoreMerges: f.IgnoreMerges}
	return json.Marshal(section{settings, f.Vocabulary, f.parsed})
}

// unigramFile is the model section of tokenizer.json for scored pieces.
type unigramFile struct {
	Type         string      `json:"type"`
	Unk          *int        `json:"unk_id"`
	ByteFallback bool        `json:"byte_fallback"`
	Vocabulary   []scoredOne `json:"vocab"`
	path         string
}

// scoredOne is a piece and its score, an array of two.
type scoredOne struct {
	piece string
	score float64
}

func (s *scoredOne) UnmarshalJSON(raw []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a piece of the vocabulary is %s, want [piece, score]", raw)
	}
	return errors.Join(json.Unmarshal(pair[0], &s.piece), json.Unmarshal(pair[1], &s.score))
}

func (s scoredOne) MarshalJSON() ([]byte, error) { return json.Marshal([]any{s.piece, s.score}) }

func readUnigram(path string, raw json.RawMessage) (*unigramFile, error) {
	f := &unigramFile{path: path}
	if err := json.Unmarshal(raw, f); err != nil {
		return nil, badJSON(path, "model", err)
	}
	if f.ByteFallback {
		return nil, fmt.Errorf("%w: %s: the Unigram model has byte_fallback, which is not supported", ErrUnsupported, path)
	}
	return f, nil
}

func (f *unigramFile) ready() (*unigram, map[string]int, error) {
	if f.Unk == nil || *f.Unk < 0 || *f.Unk >= len(f.Vocabulary) {
		return nil, nil, fmt.Errorf("%w: %s: the Unigram model's unk_id names none of its %d pieces", ErrBadConfig, f.path, len(f.Vocabulary))
	}
	pieces, scores, ids := make([]string, len(f.Vocabulary)), make([]float64, len(f.Vocabulary)), map[string]int{}
	for id, s := range f.Vocabulary {
		pieces[id], scores[id], ids[s.piece] = s.piece, s.score, id
	}
	if len(ids) != len(pieces) {
		return nil, nil, fmt.Errorf("%w: %s: a piece of the Unigram model stands twice in its vocabulary", ErrUnsupported, f.path)
	}
	return newUnigram(pieces, scores, int32(*f.Unk)), ids, nil
}

func (f *unigramFile) section() (json.RawMessage, error) { return json.Marshal(f) }
