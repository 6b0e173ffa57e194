package data

import "errors"

// What Load can fail of, beside a cancelled context and errors of the file
// system. The error's text is a sentence of its own that names task and place.
var (
	// ErrDeclaration is a declaration that contradicts itself.
	ErrDeclaration = errors.New("impossible declaration of a corpus")
	// ErrMissingFile is a file that is not there.
	ErrMissingFile = errors.New("missing file")
	// ErrMissingColumn is a declared column that a file lacks, or has twice.
	ErrMissingColumn = errors.New("missing column")
	// ErrEncoding is a file that is not UTF-8 throughout.
	ErrEncoding = errors.New("not UTF-8")
	// ErrTooManyBad is more bad rows than max_bad allows; such an error is a *BadRowsError.
	ErrTooManyBad = errors.New("too many bad rows")
	// ErrTooFewGroups is a split by group that would leave a part empty.
	ErrTooFewGroups = errors.New("too few groups")
	// ErrNoRows is a corpus without a training row.
	ErrNoRows = errors.New("no training rows")
)

// failure is a sentence for a person that is also one of the errors above.
type failure struct {
	kind error
	text string
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.kind }
