package tokens

import (
	"encoding/json"
	"unicode/utf8"

	"ringmaster/data/replace"
)

// pipeline is a tokenizer other than BERT's: what the parts of a tokenizer.json do to a text between added tokens.
type pipeline struct {
	normalisers []textStep
	cutters     []cutter // the pre-tokenizer
	model       subwords
	cache       *wordCache
	// bytes: the model is over bytes, of which cutters say nothing.
	bytes bool
	// Whether a space is put before a text where the whole begins, and whether normalisers may take its first character.
	prependsFirst, shortens bool
	// What of the normalisers depends on where a stretch of text ends: whether they take white space off its ends, put
	// something before it. rewrites: they make characters of others.
	stripsLeft, stripsRight, prepends, rewrites bool
	dropsSpace                                  bool // the first cutter drops white space

	file pipelineFile
}

// pipelineFile is what tokenizer.json says of a pipeline, as it is delivered.
type pipelineFile struct {
	Normalizers  []json.RawMessage `json:"normalizers"` // one after the other
	PreTokenizer json.RawMessage   `json:"pre_tokenizer"`
	Decoder      json.RawMessage   `json:"decoder"`
	Model        json.RawMessage   `json:"model"`
}

// textStep is a step of a normaliser.
type textStep func(string) string

// cutter cuts a text into words and yields them, until yield returns false; it returns false if it did. first says
// that the text is where its whole begins.
type cutter func(text string, first bool, yield func(word string, first bool) bool) bool

// subwords cuts a word into the ids of pieces: byte-pair merges, or the likeliest pieces.
type subwords interface {
	appendIDs(ids []int32, word string) []int32
}

// vocabularyModel is what tokenizer.json says of a model, checked and ready.
type vocabularyModel struct {
	subwords
	pieces map[string]int
	unk    string // empty: none
	raw    json.RawMessage
}

func (p *pipeline) normalise(text string) string {
	for _, step := range p.normalisers {
		text = step(text)
	}
	return text
}

// words calls yield with every word of a normalised text.
func (p *pipeline) words(text string, first bool, yield func(word string) bool) {
	p.cut(0, text, first, yield)
}

func (p *pipeline) cut(i int, text string, first bool, yield func(string) bool) bool {
	if text == "" {
		return true
	}
	if i == len(p.cutters) {
		return yield(text)
	}
	return p.cutters[i](text, first, func(word string, first bool) bool { return p.cut(i+1, word, first, yield) })
}

// appendIDs adds the ids of a word, which are kept for the next time.
func (p *pipeline) appendIDs(ids []int32, word string) []int32 {
	if known, ok := p.cache.get(word); ok {
		return append(ids, known...)
	}
	before := len(ids)
	ids = p.model.appendIDs(ids, word)
	p.cache.put(word, ids[before:])
	return ids
}

// valid makes every byte that is not UTF-8 the replacement character, as BERT's normaliser reads it.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

// leadingReplacements are the first steps of a normaliser that package replace has: the tokenizer of a folder that
// cleans its texts begins with those.
func (p *pipeline) leadingReplacements() (steps []replace.Step) {
	for len(p.file.Normalizers) > 0 {
		step, ok := replacementOf(p.file.Normalizers[0])
		if !ok {
			return steps
		}
		steps = append(steps, step)
		p.file.Normalizers, p.normalisers = p.file.Normalizers[1:], p.normalisers[1:]
	}
	return steps
}

// replacementOf is a step of a normaliser that package replace has.
func replacementOf(raw json.RawMessage) (replace.Step, bool) {
	var s normaliserFile
	if json.Unmarshal(raw, &s) != nil || s.Type != "Replace" {
		return replace.Step{}, false
	}
	return s.replacement()
}

// replacement is a Replace step as package replace has it.
func (s normaliserFile) replacement() (replace.Step, bool) {
	switch {
	case s.Pattern.String != nil && *s.Pattern.String != "":
		return replace.Literal(*s.Pattern.String, s.Content), true
	case s.Pattern.Regex != nil:
		step, err := replace.Parse(*s.Pattern.Regex, s.Content)
		return step, err == nil
	}
	return replace.Step{}, false
}
