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
	r.text, r.labels, r.fault = s.pick(line)
	return r, nil
}

// atEnd is io.EOF, unless a declared field was never met.
func (s *jsonlSource) atEnd() error {
	for _, name := range append([]string{s.d.Text}, s.d.labelColumns()...) {
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

func (s *jsonlSource) pick(line string) (text string, labels []string, bad *fault) {
	if !utf8.ValidString(line) { // encoding/json would put U+FFFD in its place
		return "", nil, &fault{reason: InvalidUTF8, detail: "the line is not UTF-8"}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &object); err != nil || object == nil {
		return "", nil, &fault{reason: InvalidJSON, detail: notAnObject(err)}
	}
	s.objects++
	for name := range object {
		s.seen[name]++
	}
	if err := json.Unmarshal(object[s.d.Text], &text); err != nil {
		return "", nil, &fault{reason: MissingText, detail: fmt.Sprintf("the field %q is no text", s.d.Text)}
	}
	for _, name := range s.d.labelColumns() {
		cells, ok := labelCells(object[name])
		if !ok || len(cells) != 1 && s.d.Label == "" {
			return "", nil, &fault{reason: MissingLabel, detail: fmt.Sprintf("the field %q is no label", name)}
		}
		labels = append(labels, cells...)
	}
	return text, labels, nil
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
