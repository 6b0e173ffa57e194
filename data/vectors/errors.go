package vectors

import "errors"

var (
	// ErrFile: the file cannot be read, or is not in GloVe's text format.
	ErrFile = errors.New("word vectors")
	// ErrDim: the file's vectors have another dimension than was asked for.
	ErrDim = errors.New("dimension of the word vectors")
	// ErrOptions: the vectors cannot be trained as asked.
	ErrOptions = errors.New("training of word vectors")
)
