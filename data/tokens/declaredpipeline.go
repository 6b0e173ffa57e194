package tokens

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
)

// readAsPipeline reads a tokenizer that is none of BERT's: the model, then what is done to texts before it.
func (d *declared) readAsPipeline(files folderFiles) (err error) {
	f := files.file
	d.pad = d.names["pad_token"].Content
	if d.class == nil {
		if f.PostProcessor == nil {
			return fmt.Errorf("%w: %s has no post_processor: an encoder needs a token before a text and one after it", ErrUnsupported, f.path)
		}
		d.pipe, err = f.readPipeline()
		if f.Padding != nil && d.pad == "" {
			d.pad = f.Padding.PadToken
		}
	} else {
		if f == nil {
			f = &fastFile{path: files.vocabulary}
		}
		for _, key := range []string{d.class.first, d.class.last, "pad_token"} {
			if d.names[key].Content == "" {
				return fmt.Errorf("%w: %s is null: %s needs one", ErrUnsupported, key, d.class.name)
			}
		}
		d.pipe, err = d.class.pipeline(files.config, f)
	}
	if err != nil {
		return err
	}
	d.pipe.model, d.pipe.file.Model = d.model.subwords, d.model.raw
	if _, bytes := d.model.subwords.(*bpe); bytes != d.pipe.bytes {
		return fmt.Errorf("%w: %s: BPE must be over bytes (a pre_tokenizer with ByteLevel at its end), and Unigram over characters", ErrUnsupported, d.source)
	}
	d.unk = d.model.unk
	d.after = d.pipe.trailingRestorations()
	d.steps = d.pipe.leadingReplacements()
	if len(d.pipe.file.Normalizers) == 0 {
		d.pipe.file.Normalizers = nil // as that of a class that has none, also in the identity
	}
	if d.class != nil {
		d.pair = d.class.pair
		return nil
	}
	d.cls, d.sep, err = f.ends()
	d.pair, d.noPair = f.pairForm(d.cls, d.sep)
	return err
}

// readModel reads the vocabulary of a tokenizer that is none of BERT's, and what cuts words by it.
func (d *declared) readModel(dir string, files folderFiles) error {
	var kind string
	if d.class != nil {
		kind = d.class.model
	} else {
		kind = files.file.Model.Type
	}
	if f := files.file; f != nil && f.Model.Type != kind {
		return fmt.Errorf("%w: %s: the model is %s, that of %s is %s", ErrUnsupported, f.path, f.Model.Type, d.class.name, kind)
	}
	switch kind {
	case bpeModel:
		return d.readMerges(dir, files.file)
	case unigrams:
		return d.readScores(dir, files.file)
	}
	return fmt.Errorf("%w: %s: the model is %s: WordPiece, BPE and Unigram are supported", ErrUnsupported, files.file.path, kind)
}

func (d *declared) readMerges(dir string, file *fastFile) (err error) {
	var f *bpeFile
	if file != nil {
		f, err = readBPE(file.path, file.RawModel)
	} else if f, err = readMerges(dir); err == nil && f == nil {
		err = fmt.Errorf("%w: %s has neither tokenizer.json nor vocab.json", ErrNoVocabulary, dir)
	}
	if err != nil {
		return err
	}
	if d.class != nil { // which makes the model without an unknown token
		f.Unk, f.FuseUnk, f.IgnoreMerges = nil, false, false
	}
	model, err := f.ready()
	if err != nil {
		return err
	}
	raw, err := f.section()
	d.source, d.pieces = f.path, f.Vocabulary
	d.model = vocabularyModel{subwords: model, pieces: f.Vocabulary, unk: valueOr(f.Unk, d.names["unk_token"].Content), raw: raw}
	return err
}

func (d *declared) readScores(dir string, file *fastFile) error {
	if file == nil {
		for _, name := range []string{"sentencepiece.bpe.model", "spiece.model", "spm.model"} {
			if isThere(dir, name) {
				return fmt.Errorf("%w: %s is a SentencePiece model, which is read from tokenizer.json only: write one with transformers' AutoTokenizer.from_pretrained(folder).save_pretrained(folder)",
					ErrUnsupported, filepath.Join(dir, name))
			}
		}
		return fmt.Errorf("%w: %s has no tokenizer.json", ErrNoVocabulary, dir)
	}
	f, err := readUnigram(file.path, file.RawModel)
	if err != nil {
		return err
	}
	if d.class != nil {
		unk := d.unknownPiece(f)
		f.Unk = &unk
	}
	model, pieces, err := f.ready()
	if err != nil {
		return err
	}
	raw, err := f.section()
	d.source, d.pieces = f.path, pieces
	d.model = vocabularyModel{subwords: model, pieces: pieces, unk: f.Vocabulary[*f.Unk].piece, raw: raw}
	return err
}

// unknownPiece is the id of the unknown piece that a class gives its model.
func (d *declared) unknownPiece(f *unigramFile) int {
	switch d.class.name {
	case "XLMRobertaTokenizer":
		return 3
	case "CamembertTokenizer":
		name := d.names["unk_token"].Content
		return max(0, slices.IndexFunc(f.Vocabulary, func(s scoredOne) bool { return s.piece == name }))
	case "DebertaV2Tokenizer":
		name := d.names["unk_token"].Content
		if at := slices.IndexFunc(f.Vocabulary, func(s scoredOne) bool { return s.piece == name && s.score == 0 }); at >= 0 {
			return at
		}
	}
	return 1
}

// rawSections are parts of a tokenizer.json as they stand there.
type rawSections struct {
	RawNormalizer   json.RawMessage `json:"normalizer"`
	RawPreTokenizer json.RawMessage `json:"pre_tokenizer"`
	RawModel        json.RawMessage `json:"model"`
	Decoder         json.RawMessage `json:"decoder"`
}
