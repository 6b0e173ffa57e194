package data

import (
	"errors"
	"io"
	"strings"

	"ringmaster/data/textfile"
)

// tsvSource reads delimited lines without quoting.
type tsvSource struct {
	path      string
	text      *textfile.File
	delimiter string
	columns   *columns
}

func newTSV(d *declaration, path string, text *textfile.File) (source, error) {
	s := &tsvSource{path: path, text: text, delimiter: string(d.delimiter)}
	var header []string
	if d.hasHeader() {
		line, err := nextLine(text)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		header = []string{}
		if line != "" {
			header = strings.Split(line, s.delimiter)
		}
	}
	var err error
	s.columns, err = d.columns(path, header)
	return s, err
}

// nextLine is the next line that is not empty, then io.EOF.
func nextLine(text *textfile.File) (line string, err error) {
	for line == "" && err == nil {
		line, err = text.ReadLine()
	}
	return line, err
}

func (s *tsvSource) next() (record, error) {
	line, err := nextLine(s.text)
	if errors.Is(err, io.EOF) {
		return record{}, io.EOF
	}
	if err != nil {
		return record{}, err
	}
	r := record{first: s.text.Line(), last: s.text.Line()}
	r.cells, r.fault = s.columns.pick(strings.Split(line, s.delimiter))
	return r, nil
}
