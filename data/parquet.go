package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ringmaster/data/parquetfile"
	"ringmaster/errkind"
)

// parquetSource reads the declared columns of a Parquet file. A label is text, a number or
// a truth value, or a list of such.
type parquetSource struct {
	d       *declaration
	file    *parquetfile.File
	rows    *parquetfile.Rows
	columns []string // the needed ones, in their order
	read    int
}

func openParquet(d *declaration, at, path string) (*parquetSource, error) {
	file, err := parquetfile.Open(at, path)
	if err != nil {
		return nil, err
	}
	s := &parquetSource{d: d, file: file, columns: d.neededColumns()}
	if s.rows, err = file.Rows(s.columns...); err != nil {
		if errors.Is(err, parquetfile.ErrColumn) {
			err = s.missing(err)
		}
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// missing says that a column is not there as it is said of every format.
func (s *parquetSource) missing(err error) error {
	has := s.file.Columns()
	for _, name := range s.columns {
		if !slices.Contains(has, name) && !strings.Contains(name, ".") {
			return missingColumn(s.file.Name(), "column", name, has)
		}
	}
	return errkind.Mark(err, ErrMissingColumn)
}

func (s *parquetSource) Close() error { return errors.Join(s.rows.Close(), s.file.Close()) }

func (s *parquetSource) next() (record, error) {
	row, err := s.rows.Next()
	if err != nil {
		return record{}, err
	}
	s.read++
	r := record{first: s.read, last: s.read}
	r.cells, r.fault = s.pick(row)
	return r, nil
}

func (s *parquetSource) pick(row []parquetfile.Cell) (picked cells, bad *fault) {
	switch text := row[0]; {
	case len(text.Values) == 1 && !text.List && text.Values[0].Kind == parquetfile.Text:
		picked.text = text.Values[0].Text
	case len(text.Values) > 0:
		return cells{}, &fault{reason: MissingText, detail: fmt.Sprintf("the column %q is not text", s.d.Text)}
	}
	if s.d.TextPair != "" {
		second := row[1]
		if second.List || len(second.Values) != 1 || second.Values[0].Kind != parquetfile.Text {
			return cells{}, &fault{reason: MissingText, detail: fmt.Sprintf("the column %q is not text", s.d.TextPair)}
		}
		picked.pair = second.Values[0].Text
		row = row[1:] // the rest follows as it does after one text
	}
	for i, name := range s.d.labelColumns() {
		cell := row[1+i]
		if !cell.List && len(cell.Values) == 0 || s.d.Label == "" && len(cell.Values) != 1 {
			return cells{}, &fault{reason: MissingLabel, detail: fmt.Sprintf("the column %q is not a label", name)}
		}
		for _, v := range cell.Values {
			picked.labels = append(picked.labels, v.Text)
		}
	}
	// a null or a list is no group and no part: take says so of the empty cell.
	rest := row[1+len(s.d.labelColumns()):]
	if s.d.Split.Group != "" {
		picked.group, rest = single(rest[0]), rest[1:]
	}
	if s.d.Part != "" {
		picked.part = single(rest[0])
	}
	if s.d.id == "" {
		return picked, nil
	}
	id := row[len(row)-1]
	if id.List || len(id.Values) != 1 {
		return cells{}, &fault{reason: MissingID, detail: fmt.Sprintf("the column %q is not an id: text or a number is expected", s.d.id)}
	}
	picked.id = json.RawMessage(id.Values[0].Text)
	if id.Values[0].Kind == parquetfile.Text || !json.Valid(picked.id) { // NaN
		picked.id = quotedJSON(id.Values[0].Text)
	}
	return picked, nil
}

// single is the one value of a cell, empty where it has none or is a list.
func single(c parquetfile.Cell) string {
	if c.List || len(c.Values) != 1 {
		return ""
	}
	return c.Values[0].Text
}
