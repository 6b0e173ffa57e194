package textfile

import "errors"

// The errors of Open and of reading, beside those of inputfile and the file system. Each comes as a sentence
// of its own that names the file.
var (
	// ErrNotText is a file of another kind than text.
	ErrNotText = errors.New("not a text file")
	// ErrEncoding is a text that is not UTF-8.
	ErrEncoding = errors.New("not UTF-8")
	// ErrCompressed is a compressed file that cannot be decompressed.
	ErrCompressed = errors.New("cannot be decompressed")
	// ErrExpands is a compressed file that gives far more than its own size.
	ErrExpands = errors.New("expands too far")
	// ErrTooLong is a line, or a record, beyond what a text has.
	ErrTooLong = errors.New("too long a record")
)

var kinds = []error{ErrNotText, ErrEncoding, ErrCompressed, ErrExpands, ErrTooLong}

// ErrParquet is the ErrNotText of a Parquet file, for callers that can read one.
var ErrParquet = errors.New("a Parquet file")
