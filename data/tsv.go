package data

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// tsvSource reads delimited lines without quoting.
type tsvSource struct {
	path      string
	text      *textFile
	delimiter string
	columns   *columns
}

func newTSV(d *declaration, path string, text *textFile) (source, error) {
	s := &tsvSource{path: path, text: text, delimiter: string(d.delimiter)}
	var header []string
	if d.hasHeader() {
		line, err := text.readLine()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w", path, err)
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

func (s *tsvSource) next() (record, error) {
	line, err := s.text.readLine()
	if errors.Is(err, io.EOF) {
		return record{}, io.EOF
	}
	if err != nil {
		return record{}, fmt.Errorf("read %s: %w", s.path, err)
	}
	r := record{first: s.text.line, last: s.text.line}
	s.columns.fill(&r, strings.Split(line, s.delimiter))
	return r, nil
}
