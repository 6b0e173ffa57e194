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
	maxLength  int // model_max_length; 0: none
}

// nameKeys are the special tokens that transformers knows by a key, in the order in which it adds them.
var nameKeys = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// bertNames are BERT's.
var bertNames = map[string]string{
	"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
}

// folderFiles are the files that a tokenizer is declared in. Every one may be absent.
type folderFiles struct {
	vocabulary                      string // vocab.txt's path
	config, model, specials, legacy jsonFile
	file                            *fastFile
}

// declare reads a folder as transformers 5 does. Where files contradict each other and version 4 believes another one,
// it refuses.
//
//  1. tokenizer_config.json's tokenizer_class, else config.json's, else BertTokenizer says who reads the rest.
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
	if d.asFile, err = checkClass(files.config, files.model); err != nil {
		return nil, err
	}
	if err := checkVariations(files.config, files.file); err != nil {
		return nil, err
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
		for key, name := range bertNames {
			d.names[key] = special(name)
		}
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
			}
		}
	}
	return nil
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

// readAsBert is BertTokenizer's way.
func (d *declared) readAsBert(files folderFiles) error {
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
	for key, id := range map[string]int32{"cls_token": d.cls, "sep_token": d.sep} {
		name := d.names[key].Content
		if i := slices.IndexFunc(f.Added, func(t fileToken) bool { return t.Content == name }); i >= 0 && f.Added[i].ID != int(id) ||
			i < 0 && f.vocabulary[name] != int(id) {
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
	return err
}
