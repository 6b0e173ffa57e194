package tokens

import (
	"fmt"
	"unicode/utf8"

	"github.com/sugarme/tokenizer/model"
	"github.com/sugarme/tokenizer/model/wordpiece"
)

const (
	continuation = "##" // before a piece that does not begin its word
	maxWordChars = 100  // a longer word is [UNK]
)

// NoID is what MaskID returns for a vocabulary without [MASK].
const NoID int32 = -1

// Tokenizer gives the token ids of a BERT model for texts. It does not change after [Open] and may be used by many
// goroutines.
type Tokenizer struct {
	declared
	added *addedVocabulary
	size  int
	words wordpiece.WordPiece // where there is no pipeline
	hash  string

	padID, unkID, maskID int32
}

// Open reads the tokenizer of the model in modelDir as transformers does: from tokenizer.json or vocab.txt,
// tokenizer_config.json, special_tokens_map.json and added_tokens.json. What would give other ids than transformers'
// is refused. The errors are [ErrNoVocabulary], [ErrMissingToken], [ErrBadConfig] and [ErrUnsupported].
func Open(modelDir string) (*Tokenizer, error) {
	d, err := declare(modelDir)
	if err != nil {
		return nil, err
	}
	return build(*d)
}

// build makes what a declaration asks for.
func build(d declared) (t *Tokenizer, err error) {
	t = &Tokenizer{declared: d}
	if t.added, err = addTokens(d.pieces, d.tokens, t.normalise); err != nil {
		return nil, err
	}
	if !d.asFile {
		if t.cls, err = t.known(d.class.first, d.names[d.class.first].Content); err == nil {
			t.sep, err = t.known(d.class.last, d.names[d.class.last].Content)
		}
	}
	if err == nil {
		t.padID, err = t.known("pad_token", d.pad)
	}
	if err != nil {
		return nil, err
	}
	unk, known := d.pieces[d.unk]
	if !known && d.pipe == nil {
		return nil, missing(d.source, "unk_token", d.unk)
	}
	t.unkID, t.maskID = int32(unk), NoID
	if !known {
		t.unkID = NoID
	}
	if mask, ok := d.names["mask_token"]; ok {
		t.maskID = t.added.ids[mask.Content]
	} else if id, ok := t.added.ids[bertNames["mask_token"]]; ok && d.asFile {
		t.maskID = id
	}
	for _, id := range d.pieces {
		t.size = max(t.size, id+1)
	}
	for id := range t.added.tokens {
		t.size = max(t.size, int(id)+1)
	}
	if d.pipe == nil {
		pieces := model.Vocab(d.pieces)
		t.words = wordpiece.NewWordPieceBuilder().Vocab(&pieces).UnkToken(d.unk).MaxInputCharsPerWord(d.maxChars).Build()
	}
	t.hash, err = t.identity()
	return t, err
}

// known is the id of a token that the files give one; transformers would make up an id for any.
func (t *Tokenizer) known(key, name string) (int32, error) {
	if id, ok := t.pieces[name]; ok {
		return int32(id), nil
	}
	for _, declared := range t.tokens {
		if declared.Content == name && declared.id != undeclared {
			return t.added.ids[name], nil
		}
	}
	return 0, missing(t.source, key, name)
}

func missing(path, key, token string) error {
	return fmt.Errorf("%w: %s has no %s, its %s: is it the vocabulary of this model?", ErrMissingToken, path, token, key)
}

// normalise takes a text without raw added tokens through the steps and the normaliser.
func (d *declared) normalise(text string) string {
	if d.pipe != nil {
		return applyAll(d.after, d.pipe.normalise(applyAll(d.steps, valid(text))))
	}
	return applyAll(d.after, d.normaliser.normalise(applyAll(d.steps, text)))
}

// Encode returns [CLS], the ids of the text, [SEP]. maxLength is the most ids in all, at least 2; what is too much is
// cut off at the end of the text. 0 sets no limit. The one error of a text is [ErrMaxLength]'s.
func (t *Tokenizer) Encode(text string, maxLength int) ([]int32, error) {
	if maxLength != 0 && maxLength < 2 {
		return nil, fmt.Errorf("%w: %d: [CLS] and [SEP] need 2 (0 means no limit)", ErrMaxLength, maxLength)
	}
	e := encoding{t: t, limit: maxLength - 1, ids: make([]int32, 1, 2+len(text)/4)}
	e.ids[0] = t.cls
	t.added.raw.split(text, e.text, e.add)
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
	begun bool // something stands before what comes
}

func (e *encoding) full() bool { return e.limit >= 0 && len(e.ids) >= e.limit || e.err != nil }

func (e *encoding) add(id int32) {
	e.begun = true
	if !e.full() {
		e.ids = append(e.ids, id)
	}
}

// text adds a stretch of text without raw added tokens.
func (e *encoding) text(text string) {
	if !e.full() {
		e.t.added.normalised.split(e.t.normalise(text), e.words, e.add)
	}
}

// words adds a stretch of normalised text without added tokens.
func (e *encoding) words(normalised string) {
	if e.full() {
		return
	}
	if p := e.t.pipe; p != nil {
		p.words(normalised, !e.begun, func(word string) bool {
			e.ids = p.appendIDs(e.ids, word)
			return !e.full()
		})
		e.begun = true
		if e.limit >= 0 && len(e.ids) > e.limit {
			e.ids = e.ids[:e.limit]
		}
		return
	}
	eachWord(normalised, func(word string) bool {
		e.word(word)
		return !e.full()
	})
}

// word adds a word's pieces.
func (e *encoding) word(word string) {
	// Most words are one piece, and the longest piece wins: ask for that first, the model tries every prefix anew.
	if id, known := e.t.pieces[word]; known && (len(word) <= e.t.maxChars || utf8.RuneCountInString(word) <= e.t.maxChars) {
		e.add(int32(id))
		return
	}
	pieces, err := e.t.words.Tokenize(word)
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

// VocabSize is one more than the greatest id, so the least number of rows of the model's word embedding.
func (t *Tokenizer) VocabSize() int { return t.size }

// PadID is the id of [PAD], which fills up a batch's shorter texts.
func (t *Tokenizer) PadID() int32 { return t.padID }

// UnkID is the id of [UNK], which stands for a word the vocabulary cannot spell.
func (t *Tokenizer) UnkID() int32 { return t.unkID }

// ClsID is the id of [CLS], the first of every text.
func (t *Tokenizer) ClsID() int32 { return t.cls }

// SepID is the id of [SEP], the last of every text.
func (t *Tokenizer) SepID() int32 { return t.sep }

// MaskID is the id of [MASK], or [NoID] where there is none.
func (t *Tokenizer) MaskID() int32 { return t.maskID }

// MaxLength is the folder's model_max_length, in ids; 0 where it has none.
func (t *Tokenizer) MaxLength() int { return t.maxLength }
