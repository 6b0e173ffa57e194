package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"ringmaster/data/textfile"
)

// jsonlSource reads JSON objects, one a line. A label is a string, a number or a boolean,
// or a list of such.
type jsonlSource struct {
	text *textfile.File
	objects
}

func (s *jsonlSource) next() (record, error) {
	line, err := nextLine(s.text)
	if errors.Is(err, io.EOF) {
		return record{}, s.atEnd()
	}
	if err != nil {
		return record{}, err
	}
	r := record{first: s.text.Line(), last: s.text.Line()}
	r.cells, r.fault = s.pick("line", []byte(line))
	return r, nil
}

// objects takes records out of JSON objects.
type objects struct {
	d    *declaration
	path string
	// seen counts how many objects have which field: a field that none has is a
	// mistake of the declaration, not of the rows.
	seen map[string]int
	read int
}

// atEnd is io.EOF, unless a declared field was never met.
func (s *objects) atEnd() error {
	for _, name := range s.d.neededColumns() {
		if s.read > 0 && s.seen[name] == 0 {
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

// pick takes text, group, labels and id out of an object; what is what messages call it: a line
// of a file, an element of an array.
func (s *objects) pick(what string, raw []byte) (picked cells, bad *fault) {
	if !utf8.Valid(raw) { // encoding/json would put U+FFFD in its place
		return cells{}, &fault{reason: InvalidUTF8, detail: "the " + what + " is not UTF-8"}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return cells{}, &fault{reason: InvalidJSON, detail: notAnObject(what, err)}
	}
	s.read++
	for name := range object {
		s.seen[name]++
	}
	if err := json.Unmarshal(object[s.d.Text], &picked.text); err != nil {
		return cells{}, &fault{reason: MissingText, detail: fmt.Sprintf("the field %q is not text", s.d.Text)}
	}
	if name := s.d.TextPair; name != "" {
		if err := json.Unmarshal(object[name], &picked.pair); err != nil {
			return cells{}, &fault{reason: MissingText, detail: fmt.Sprintf("the field %q is not text", name)}
		}
	}
	for _, name := range s.d.labelColumns() {
		found, ok := labelCells(object[name])
		if !ok || len(found) != 1 && s.d.Label == "" {
			return cells{}, &fault{reason: MissingLabel, detail: fmt.Sprintf("the field %q is not a label", name)}
		}
		picked.labels = append(picked.labels, found...)
	}
	if name := s.d.Split.Group; name != "" {
		// null, a list, an object or no such field is no group: take says so of the empty cell.
		picked.group, _ = labelCell(object[name])
	}
	if name := s.d.Part; name != "" {
		picked.part, _ = labelCell(object[name])
	}
	if s.d.id != "" {
		picked.id = object[s.d.id]
		if _, scalar := labelCell(picked.id); !scalar {
			return cells{}, &fault{reason: MissingID, detail: fmt.Sprintf("the field %q is not an id: text or a number is expected", s.d.id)}
		}
	}
	return picked, nil
}

func notAnObject(what string, err error) string {
	var wrongType *json.UnmarshalTypeError
	if err == nil || errors.As(err, &wrongType) {
		return "the " + what + " is not an object"
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
