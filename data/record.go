package data

// record is one record of a file, reduced to what the declaration asks for.
type record struct {
	first, last int // lines it stands on, from 1
	text        string
	group       string // the cell of split.group's column
	// labels are the cells of the label columns; they are valid until the next record.
	labels []string
	// fault says why the record has no text and labels.
	fault *fault
}

// weight is how many rows a record counts for: one, but for a broken quotation,
// which may have swallowed many.
func (r record) weight() int {
	if r.fault != nil && r.fault.reason == BrokenQuote {
		return r.last - r.first + 1
	}
	return 1
}

// source yields the records of one file, then io.EOF. Other errors end the reading.
type source interface {
	next() (record, error)
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
	EmptyText      Reason = "text empty after cleaning"
	MissingLabel   Reason = "missing label"
	UnknownLabel   Reason = "label not in the map"
	UnnamedLabel   Reason = "label not in label_names"
	MissingGroup   Reason = "missing group"
	NotZeroOne     Reason = "label column neither 0 nor 1"
	SeveralClasses Reason = "several classes"
)
