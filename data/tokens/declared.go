package tokens

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/data/replace"
)

// declared is the tokenizer that a folder's files declare, read in transformers' order of precedence (declare).
type declared struct {
	source     string // the file with the vocabulary
	pieces     map[string]int
	maxChars   int
	steps      []replace.Step // before normaliser
	normaliser normaliser
	after      []replace.Step // after it
	unk, pad   string
	tokens     []declaredToken       // in the order in which they are added
	names      map[string]addedToken // of special tokens by key; without those that there are not
	asFile     bool                  // the ids around a text are cls and sep
	cls, sep   int32
	class      *class // nil: asFile, and all is as tokenizer.json says
	pair       pairForm
	noPair     bool            // tokenizer.json does with two texts what is not supported
	model      vocabularyModel // with pipe
	pipe       *pipeline       // nil: BERT's normaliser and WordPiece
	maxLength  int             // model_max_length; 0: none
}

// nameKeys are the special tokens that transformers knows by a key, in the order in which it adds them.
var nameKeys = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// folderFiles are the files that a tokenizer is declared in. Every one may be absent.
type folderFiles struct {
	vocabulary                      string // vocab.txt's path
	config, model, specials, legacy jsonFile
	file                            *fastFile
}

// declare reads a folder as transformers 5 does. For BERT's tokenizers, where files contradict each other and version 4 believes another one,
// it refuses.
//
//  1. tokenizer_config.json's tokenizer_class, else config.json's, else that of config.json's model_type, else
//     BertTokenizer says who reads the rest (readClass).
//  2. The vocabulary is tokenizer.json's, else vocab.txt.
//  3. BertTokenizer takes the normaliser's settings and the special tokens' names from tokenizer_config.json, whatever
//     tokenizer.json says; PreTrainedTokenizerFast takes everything from tokenizer.json.
//  4. Added tokens are those of added_tokens_decoder in tokenizer_config.json; where it has none, of added_tokens.json,
//     special_tokens_map.json and tokenizer.json. Named special tokens and additional_special_tokens come after them.
func declare(dir string) (*declared, error) {
	files, err := readFolder(dir)
	if err != nil {
		return nil, err
	}
	d := &declared{source: files.vocabulary, maxChars: maxWordChars, names: map[string]addedToken{}}
	if d.class, err = readClass(files.config, files.model); err != nil {
		return nil, err
	}
	d.asFile = d.class == nil
	if err := checkVariations(files.config, files.file); err != nil {
		return nil, err
	}
	if d.pipelined(files.file) {
		// The names first: a class looks its unknown token up in the vocabulary.
		if err := errors.Join(d.readMaxLength(files.config), d.readNames(files)); err != nil {
			return nil, err
		}
		if err := d.readModel(dir, files); err != nil {
			return nil, err
		}
		if err := d.readAsPipeline(files); err != nil {
			return nil, err
		}
		return d, d.readAdded(files)
	}
	if f := files.file; f != nil && f.Model.Type != wordPiece {
		return nil, fmt.Errorf("%w: %s: the model is %s, that of %s is WordPiece", ErrUnsupported, f.path, f.Model.Type, d.class.name)
	}
	if err := errors.Join(d.readVocabulary(files), d.readMaxLength(files.config), d.readNames(files)); err != nil {
		return nil, err
	}
	if d.asFile {
		err = d.readAsFile(files.file)
	} else {
		err = d.readAsBert(files)
	}
	if err != nil {
		return nil, err
	}
	return d, d.readAdded(files)
}

// pipelined says whether the tokenizer is another than BERT's.
func (d *declared) pipelined(file *fastFile) bool {
	if d.class != nil {
		return d.class.model != wordPiece
	}
	return file != nil && file.Model.Type != wordPiece
}

func readFolder(dir string) (f folderFiles, err error) {
	f.vocabulary = filepath.Join(dir, "vocab.txt")
	for name, into := range map[string]*jsonFile{
		"tokenizer_config.json": &f.config, "config.json": &f.model,
		"special_tokens_map.json": &f.specials, "added_tokens.json": &f.legacy,
	} {
		if *into, err = readKeys(dir, name); err != nil {
			return f, err
		}
	}
	f.file, err = readFastFile(dir)
	return f, err
}

func (d *declared) readVocabulary(files folderFiles) (err error) {
	if files.file == nil {
		if d.asFile {
			return fmt.Errorf("%w: %s needs tokenizer.json, which does not exist", ErrNoVocabulary, files.config.path)
		}
		d.pieces, err = readVocabulary(files.vocabulary)
		return err
	}
	d.source, d.pieces = files.file.path, files.file.vocabulary
	return sameVocabulary(d.source, d.pieces, files.vocabulary)
}

// readMaxLength reads model_max_length. Transformers writes 1e30 where there is none.
func (d *declared) readMaxLength(config jsonFile) error {
	var length float64
	if err := config.decode("model_max_length", &length); err != nil {
		return err
	}
	if length >= 1 && length <= 1<<30 {
		d.maxLength = int(length)
	}
	return nil
}

// readNames finds out what the special tokens are called.
func (d *declared) readNames(files folderFiles) error {
	if !d.asFile {
		for key, name := range d.class.names {
			d.names[key] = special(name)
		}
		d.takeSpace()
	}
	from := []jsonFile{files.config}
	if !files.hasDecoder() {
		from = append(from, files.specials)
	}
	for _, f := range from {
		for key := range f.keys {
			if !strings.HasSuffix(key, "_token") || !slices.Contains(nameKeys, key) && !f.namesToken(key) {
				continue
			}
			token, err := f.token(key)
			if err != nil {
				return err
			}
			delete(d.names, key)
			if token != nil {
				d.names[key] = *token
				if key == "mask_token" && f.keys[key][0] == '"' {
					d.takeSpace()
				}
			}
		}
	}
	return nil
}

// takeSpace makes a mask that is only named take the white space before it, where the class does so.
func (d *declared) takeSpace() {
	if mask, named := d.names["mask_token"]; named && d.class != nil && d.class.maskTakesSpace {
		mask.LStrip = true
		d.names["mask_token"] = mask
	}
}

// namesToken says whether a key that only ends like a special token's is one: add_bos_token is not.
func (f jsonFile) namesToken(key string) bool {
	raw := f.keys[key]
	return len(raw) > 0 && (raw[0] == '"' || raw[0] == '{')
}

func (f folderFiles) hasDecoder() bool {
	_, ok := f.config.keys["added_tokens_decoder"]
	return ok
}

// readAsBert is BertTokenizer's way, and that of others that differ in names and in how they join two texts.
func (d *declared) readAsBert(files folderFiles) error {
	d.pair = d.class.pair
	set, err := readSettings(files.config)
	if err != nil {
		return err
	}
	for _, key := range []string{"unk_token", "sep_token", "pad_token", "cls_token"} {
		if _, ok := d.names[key]; !ok {
			return fmt.Errorf("%w: %s is null: a BERT needs one", ErrUnsupported, key)
		}
	}
	d.normaliser, d.unk, d.pad = set.normaliser(), d.names["unk_token"].Content, d.names["pad_token"].Content
	f := files.file
	if f == nil {
		return nil
	}
	// What follows version 5 makes anew and 4 takes from the file.
	if f.maxChars() != maxWordChars || f.unk() != d.unk {
		return fmt.Errorf("%w: %s: the model has the unk_token %q and words of up to %d characters, BertTokenizer has %q and %d",
			ErrUnsupported, f.path, f.unk(), f.maxChars(), d.unk, maxWordChars)
	}
	if f.Normalizer != nil {
		_, before, after, err := f.normaliser()
		if err != nil {
			return err
		}
		if len(before)+len(after) > 0 {
			return fmt.Errorf("%w: %s: the normalizer replaces texts, which BertTokenizer of transformers 5 leaves out and 4 does: set tokenizer_class to PreTrainedTokenizerFast in %s if that is intended",
				ErrUnsupported, f.path, files.config.path)
		}
	}
	if f.PostProcessor == nil {
		return nil
	}
	if d.cls, d.sep, err = f.ends(); err != nil {
		return err
	}
	for i, id := range []int32{d.cls, d.sep} {
		key := []string{"cls_token", "sep_token"}[i]
		name := d.names[key].Content
		if at := slices.IndexFunc(f.Added, func(t fileToken) bool { return t.Content == name }); at >= 0 && f.Added[at].ID != int(id) ||
			at < 0 && f.vocabulary[name] != int(id) {
			return fmt.Errorf("%w: %s: the post_processor has the id %d where the %s %q belongs", ErrUnsupported, f.path, id, key, name)
		}
	}
	return nil
}

// readAsFile is PreTrainedTokenizerFast's way.
func (d *declared) readAsFile(f *fastFile) (err error) {
	d.maxChars, d.unk, d.pad = f.maxChars(), f.unk(), bertNames["pad_token"]
	if d.normaliser, d.steps, d.after, err = f.normaliser(); err != nil {
		return err
	}
	if f.PreTokenizer == nil {
		return fmt.Errorf("%w: %s has no pre_tokenizer, BERT's has BertPreTokenizer", ErrUnsupported, f.path)
	}
	if f.Padding != nil {
		d.pad = f.Padding.PadToken
	}
	if named, ok := d.names["pad_token"]; ok {
		d.pad = named.Content
	}
	d.cls, d.sep, err = f.ends()
	d.pair, d.noPair = f.pairForm(d.cls, d.sep)
	return err
}
