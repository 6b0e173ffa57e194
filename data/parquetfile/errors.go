package parquetfile

import "errors"

// The errors, beside those of inputfile and the file system. Each comes as a sentence
// that names the file.
var (
	// ErrNotParquet is a file of another kind.
	ErrNotParquet = errors.New("not a Parquet file")
	// ErrDamaged is a Parquet file that cannot be read to its end.
	ErrDamaged = errors.New("damaged Parquet file")
	// ErrColumn is a column that is not there, or whose values cannot be taken.
	ErrColumn = errors.New("unsuitable column")
	// ErrExpands is a file that gives far more than its own size.
	ErrExpands = errors.New("expands too far")
)
