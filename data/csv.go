package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"ringmaster/data/textfile"
	"ringmaster/errkind"
)

// csvSource reads quoted, delimited records, which may span lines.
type csvSource struct {
	path    string
	text    *textfile.File
	csv     *csv.Reader
	columns *columns
}

func newCSV(d *declaration, path string, text *textfile.File) (source, error) {
	text.BoundRecords()
	s := &csvSource{path: path, text: text, csv: csv.NewReader(text.Reader)} // which has no buffer of its own then
	s.csv.Comma = d.delimiter
	s.csv.FieldsPerRecord = -1 // counted by columns, which can say more
	s.csv.ReuseRecord = true
	var header []string
	if d.hasHeader() {
		fields, err := s.csv.Read()
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, errkind.Errorf(ErrMissingColumn, "the header of %s cannot be read: %v", path, err)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, readError(path, err)
		}
		header = append([]string{}, fields...)
	}
	var err error
	s.columns, err = d.columns(path, header)
	return s, err
}

func (s *csvSource) next() (record, error) {
	s.text.StartRecord()
	fields, err := s.csv.Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return record{first: broken.StartLine, last: broken.Line, fault: &fault{
			reason: BrokenQuote,
			detail: fmt.Sprintf("%v (line %d, column %d)", broken.Err, broken.Line, broken.Column),
		}}, nil
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			return record{}, io.EOF
		}
		return record{}, readError(s.path, err)
	}
	var r record
	r.first, _ = s.csv.FieldPos(0)
	r.last, _ = s.csv.FieldPos(len(fields) - 1)
	r.last += strings.Count(fields[len(fields)-1], "\n")
	r.cells, r.fault = s.columns.pick(fields)
	return r, nil
}
