package tokens

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sugarme/tokenizer/model"
	"github.com/sugarme/tokenizer/model/wordpiece"
)

const (
	continuation = "##" // before a piece that does not begin its word
	maxWordChars = 100  // a longer word is [UNK]

	// algorithm is part of Hash: raise it when the ids of any text change.
	algorithm = "bert wordpiece 1"
)

// NoID is what MaskID returns for a vocabulary without [MASK].
const NoID int32 = -1

type specialToken struct {
	name      string
	configKey string // in tokenizer_config.json
	optional  bool
}

var specialTokens = [...]specialToken{
	{name: "[PAD]", configKey: "pad_token"},
	{name: "[UNK]", configKey: "unk_token"},
	{name: "[CLS]", configKey: "cls_token"},
	{name: "[SEP]", configKey: "sep_token"},
	{name: "[MASK]", configKey: "mask_token", optional: true},
}

// Tokenizer gives the token ids of a BERT model for texts. It does not change after [Open] and may be used by many
// goroutines.
type Tokenizer struct {
	normaliser normaliser
	vocabulary map[string]int
	size       int
	model      wordpiece.WordPiece
	special    *regexp.Regexp // matches the special tokens in a raw text
	hash       string

	pad, unk, cls, sep, mask int32
}

// Open reads the tokenizer of the model in modelDir: vocab.txt and, where present, tokenizer_config.json
// (do_lower_case, strip_accents and tokenize_chinese_chars, with transformers' defaults). tokenizer.json, where
// present, must agree. The errors are [ErrNoVocabulary], [ErrMissingToken], [ErrBadConfig] and [ErrUnsupported].
func Open(modelDir string) (*Tokenizer, error) {
	vocabularyPath := filepath.Join(modelDir, "vocab.txt")
	vocabulary, size, err := readVocabulary(vocabularyPath)
	if err != nil {
		return nil, err
	}
	var ids [len(specialTokens)]int32
	var patterns []string
	for i, special := range specialTokens {
		id, known := vocabulary[special.name]
		switch {
		case known:
			ids[i] = int32(id)
			patterns = append(patterns, regexp.QuoteMeta(special.name))
		case special.optional:
			ids[i] = NoID
		default:
			return nil, fmt.Errorf("%w: %s has no line %s: is it a BERT vocabulary?", ErrMissingToken, vocabularyPath, special.name)
		}
	}
	config, err := readSettings(filepath.Join(modelDir, "tokenizer_config.json"), vocabulary)
	if err != nil {
		return nil, err
	}
	if err := checkTokenizerJSON(filepath.Join(modelDir, "tokenizer.json"), vocabulary); err != nil {
		return nil, err
	}
	hash, err := identity(vocabulary, config.normaliser())
	if err != nil {
		return nil, err
	}
	pieces := model.Vocab(vocabulary)
	return &Tokenizer{
		normaliser: config.normaliser(),
		vocabulary: vocabulary,
		size:       size,
		model:      wordpiece.NewWordPieceBuilder().Vocab(&pieces).MaxInputCharsPerWord(maxWordChars).Build(),
		special:    regexp.MustCompile(strings.Join(patterns, "|")),
		hash:       hash,
		pad:        ids[0], unk: ids[1], cls: ids[2], sep: ids[3], mask: ids[4],
	}, nil
}

// Encode returns [CLS], the ids of the text, [SEP]. maxLength is the most ids in all, at least 2; what is too much is
// cut off at the end of the text. 0 sets no limit. The one error of a text is [ErrMaxLength]'s.
func (t *Tokenizer) Encode(text string, maxLength int) ([]int32, error) {
	if maxLength != 0 && maxLength < 2 {
		return nil, fmt.Errorf("%w: %d: [CLS] and [SEP] need 2 (0 means no limit)", ErrMaxLength, maxLength)
	}
	e := encoding{t: t, limit: maxLength - 1, ids: make([]int32, 1, 2+len(text)/4)}
	e.ids[0] = t.cls
	rest := 0
	if strings.Contains(text, "[") {
		for _, at := range t.special.FindAllStringIndex(text, -1) {
			e.text(text[rest:at[0]])
			e.add(int32(t.vocabulary[text[at[0]:at[1]]]))
			rest = at[1]
		}
	}
	e.text(text[rest:])
	if e.err != nil {
		return nil, e.err
	}
	return append(e.ids, t.sep), nil
}

// encoding is one text's ids as they come.
type encoding struct {
	t     *Tokenizer
	ids   []int32
	limit int // ids before [SEP]; -1: none
	err   error
}

func (e *encoding) full() bool { return len(e.ids) == e.limit || e.err != nil }

func (e *encoding) add(id int32) {
	if !e.full() {
		e.ids = append(e.ids, id)
	}
}

// text adds a stretch of text without special tokens.
func (e *encoding) text(text string) {
	if text == "" || e.full() {
		return
	}
	eachWord(e.t.normaliser.normalise(text), func(word string) bool {
		e.word(word)
		return !e.full()
	})
}

// word adds a word's pieces.
func (e *encoding) word(word string) {
	// Most words are one piece, and the longest piece wins: ask for that first, the model tries every prefix anew.
	if id, known := e.t.vocabulary[word]; known && (len(word) <= maxWordChars || utf8.RuneCountInString(word) <= maxWordChars) {
		e.add(int32(id))
		return
	}
	pieces, err := e.t.model.Tokenize(word)
	if err != nil {
		e.err = fmt.Errorf("cutting the word %q: %w", word, err)
		return
	}
	for _, piece := range pieces {
		e.add(int32(piece.Id))
	}
}

// Hash identifies the tokenizer: two with one hash give the same ids for every text.
func (t *Tokenizer) Hash() string { return t.hash }

// VocabSize is the number of ids, and of rows of the model's word embedding.
func (t *Tokenizer) VocabSize() int { return t.size }

// PadID is the id of [PAD], which fills up a batch's shorter texts.
func (t *Tokenizer) PadID() int32 { return t.pad }

// UnkID is the id of [UNK], which stands for a word the vocabulary cannot spell.
func (t *Tokenizer) UnkID() int32 { return t.unk }

// ClsID is the id of [CLS], the first of every text.
func (t *Tokenizer) ClsID() int32 { return t.cls }

// SepID is the id of [SEP], the last of every text.
func (t *Tokenizer) SepID() int32 { return t.sep }

// MaskID is the id of [MASK], or [NoID] where the vocabulary has none.
func (t *Tokenizer) MaskID() int32 { return t.mask }

// identity hashes all that a text's ids depend on.
func identity(vocabulary map[string]int, n normaliser) (string, error) {
	// encoding/json writes maps in the order of their keys.
	content, err := json.Marshal([]any{algorithm, n.chineseChars, n.stripAccents, n.lowercase, vocabulary})
	if err != nil {
		return "", fmt.Errorf("hashing the vocabulary: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}
