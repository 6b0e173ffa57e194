package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// jsonlSource reads one JSON object a line. A label is a string, a number or a
// boolean, or a list of such.
type jsonlSource struct {
	d    *declaration
	path string
	text *textFile
	// seen counts how many objects have which field: a field that none has is a
	// mistake of the declaration, not of the rows.
	seen    map[string]int
	objects int
}

func newJSONL(d *declaration, path string, text *textFile) source {
	return &jsonlSource{d: d, path: path, text: text, seen: map[string]int{}}
}

func (s *jsonlSource) next() (record, error) {
	line, err := s.text.readLine()
	if errors.Is(err, io.EOF) {
		return record{}, s.atEnd()
	}
	if err != nil {
		return record{}, fmt.Errorf("read %s: %w", s.path, err)
	}
	r := record{first: s.text.line, last: s.text.line}
	r.fault = s.fill(&r, line)
	return r, nil
}

// atEnd is io.EOF, unless a declared field was never met.
func (s *jsonlSource) atEnd() error {
	for _, name := range s.d.neededColumns() {
		if s.objects > 0 && s.seen[name] == 0 {
			var names []string
			for n := range s.seen {
				names = append(names, n)
			}
			slices.Sort(names)
			return missingColumn(s.path, "field", name, names)
		}
	}
	return io.EOF
}

// fill takes text, group and labels out of an object.
func (s *jsonlSource) fill(r *record, line string) *fault {
	if !utf8.ValidString(line) { // encoding/json would put U+FFFD in its place
		return &fault{reason: InvalidUTF8, detail: "the line is not UTF-8"}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &object); err != nil || object == nil {
		return &fault{reason: InvalidJSON, detail: notAnObject(err)}
	}
	s.objects++
	for name := range object {
		s.seen[name]++
	}
	if err := json.Unmarshal(object[s.d.Text], &r.text); err != nil {
		return &fault{reason: MissingText, detail: fmt.Sprintf("the field %q is no text", s.d.Text)}
	}
	for _, name := range s.d.labelColumns() {
		cells, ok := labelCells(object[name])
		if !ok || len(cells) != 1 && s.d.Label == "" {
			return &fault{reason: MissingLabel, detail: fmt.Sprintf("the field %q is no label", name)}
		}
		r.labels = append(r.labels, cells...)
	}
	if name := s.d.Split.Group; name != "" {
		// null, a list, an object or no such field is no group: take says so of the empty cell.
		r.group, _ = labelCell(object[name])
	}
	return nil
}

func notAnObject(err error) string {
	var wrongType *json.UnmarshalTypeError
	if err == nil || errors.As(err, &wrongType) {
		return "the line is not an object"
	}
	return err.Error()
}

// labelCells reads a label, or a list of labels.
func labelCells(raw json.RawMessage) ([]string, bool) {
	if len(raw) > 0 && raw[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return nil, false
		}
		var cells []string
		for _, item := range list {
			cell, ok := labelCell(item)
			if !ok {
				return nil, false
			}
			cells = append(cells, cell)
		}
		return cells, true
	}
	cell, ok := labelCell(raw)
	return []string{cell}, ok
}

// labelCell is a label as the label map writes it; a number stays as it is written.
func labelCell(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil && string(raw) != "null" {
		return text, true
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil && number != "" {
		return number.String(), true
	}
	var truth bool
	if json.Unmarshal(raw, &truth) == nil && string(raw) != "null" {
		return strconv.FormatBool(truth), true
	}
	return "", false
}
