package data

import "encoding/json"

// cells are the fields of a record that a declaration names.
type cells struct {
	text  string
	pair  string // the cell of text_pair's column
	group string // the cell of split.group's column
	part  string // the cell of part's column
	// labels are the cells of the label columns; they are valid until the next record.
	labels []string
	// id is the cell of the id column as JSON; nil where none is asked for.
	id json.RawMessage
}

// record is one record of a file, reduced to what the declaration asks for.
type record struct {
	first, last int // lines it stands on, from 1; of a file without lines its number
	cells
	// fault says why the record has no text and labels.
	fault *fault
}

// weight is how many rows a record counts for: one, or more for an unclosed quotation mark,
// which may span many.
func (r record) weight() int {
	if r.fault != nil && r.fault.reason == BrokenQuote {
		return r.last - r.first + 1
	}
	return 1
}

// fault is what is wrong with a record.
type fault struct {
	reason Reason
	detail string
	// labels are values that the label map lacks.
	labels []string
}

// Reason is why a row is bad.
type Reason string

// The reasons.
const (
	WrongFields    Reason = "wrong number of fields"
	BrokenQuote    Reason = "broken quotation"
	InvalidJSON    Reason = "invalid JSON"
	InvalidUTF8    Reason = "invalid UTF-8"
	MissingText    Reason = "missing text"
	ZeroByte       Reason = "zero byte in the text"
	MissingID      Reason = "missing id"
	MissingGroup   Reason = "missing group"
	UnknownPart    Reason = "part not train, valid or test"
	EmptyText      Reason = "text empty after cleaning"
	MissingLabel   Reason = "missing label"
	UnknownLabel   Reason = "label not in the map"
	UnnamedLabel   Reason = "label not in label_names"
	NotZeroOne     Reason = "label column neither 0 nor 1"
	NotANumber     Reason = "label not a number"
	SeveralClasses Reason = "several classes"
)
