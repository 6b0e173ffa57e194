package data

import (
	"errors"
	"fmt"

	"ringmaster/data/textfile"
	"ringmaster/inputfile"
)

// What Load can fail of, beside a cancelled context and errors of the file
// system, of inputfile, textfile and parquetfile. The error's text is a sentence of its own that names task and place.
var (
	// ErrDeclaration is a declaration that contradicts itself.
	ErrDeclaration = errors.New("invalid declaration of a corpus")
	// ErrMissingFile is a file that is not there.
	ErrMissingFile = inputfile.ErrMissing
	// ErrMissingColumn is a declared column that a file lacks, or has twice.
	ErrMissingColumn = errors.New("missing column")
	// ErrEncoding is a file that is UTF-16 or UTF-32; single rows that are not UTF-8 are bad rows.
	ErrEncoding = textfile.ErrEncoding
	// ErrJSON is a JSON array that cannot be read to its end.
	ErrJSON = errors.New("broken JSON")
	// ErrFormat is a file that is of another format than the one it is read in.
	ErrFormat = errors.New("another format")
	// ErrTooManyBad is more bad rows than max_bad allows; such an error is a *BadRowsError.
	ErrTooManyBad = errors.New("too many bad rows")
	// ErrTooFewGroups is a split by group that would leave a part empty.
	ErrTooFewGroups = errors.New("too few groups")
	// ErrTooManyRows is a corpus of more rows, or different texts, than can be numbered.
	ErrTooManyRows = errors.New("too many rows")
	// ErrNoRows is a corpus without a training row.
	ErrNoRows = errors.New("no training rows")
)

// readError names the file in an error of reading, unless it is a sentence already.
func readError(path string, err error) error {
	for _, named := range []error{textfile.ErrCompressed, textfile.ErrExpands, textfile.ErrTooLong} {
		if errors.Is(err, named) {
			return err
		}
	}
	return fmt.Errorf("read %s: %w", path, err)
}
