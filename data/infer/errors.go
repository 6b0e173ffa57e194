package infer

import "errors"

// What Infer can fail of, beside the errors of data, textfile, parquetfile and the file system. Each comes as a sentence
// that names the file and says what to do.
var (
	// ErrUnsuitable is a file or folder of which no corpus can be made.
	ErrUnsuitable = errors.New("no corpus can be made of it")
	// ErrNoText is a table without a column that looks like texts.
	ErrNoText = errors.New("no column of texts found")
	// ErrNoLabel is a table without a column that is surely the label.
	ErrNoLabel = errors.New("no label column found")
	// ErrColumn is a column that was asked for and is not there, or cannot be what it was named as.
	ErrColumn = errors.New("unsuitable column")
)
