package tokens

import "errors"

var (
	// ErrNoVocabulary: the model's folder has no readable vocabulary: vocab.txt, tokenizer.json, vocab.json with merges.txt, or words.txt.
	ErrNoVocabulary = errors.New("no vocabulary")
	// ErrMissingToken: the vocabulary lacks [PAD], [UNK], [CLS] or [SEP], or what the folder calls so.
	ErrMissingToken = errors.New("vocabulary lacks a special token")
	// ErrBadConfig: a file of the tokenizer, or words.txt, cannot be read as what it should be.
	ErrBadConfig = errors.New("unreadable tokenizer configuration")
	// ErrUnsupported: the folder asks for a tokenizer that is not known, or for a variation that would give other ids.
	ErrUnsupported = errors.New("unsupported tokenizer")
	// ErrMisfit: the tokenizer gives ids for which the model has no row.
	ErrMisfit = errors.New("tokenizer and model do not fit")
	// ErrMaxLength: the length asked for leaves no room for [CLS] and [SEP].
	ErrMaxLength = errors.New("maximal length too small")
	// ErrCache: the cache's folder cannot be read or written. A damaged file is no error: it is replaced.
	ErrCache = errors.New("token cache")
)
