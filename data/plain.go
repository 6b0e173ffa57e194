package data

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// plainSource reads plain text: a record is a line, or the lines up to a blank one, joined
// by spaces. Blank lines are no records.
type plainSource struct {
	path       string
	text       *textFile
	paragraphs bool
}

func (s *plainSource) next() (record, error) {
	var r record
	var lines []string
	for {
		line, err := s.text.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return record{}, fmt.Errorf("read %s: %w", s.path, err)
		}
		if line != "" {
			s.text.line++
		}
		if line = strings.TrimSpace(line); line != "" {
			if lines == nil {
				r.first = s.text.line
			}
			lines, r.last = append(lines, line), s.text.line
		}
		switch ended := err != nil; {
		case len(lines) > 0 && (ended || line == "" || !s.paragraphs):
			r.text = strings.Join(lines, " ")
			return r, nil
		case ended:
			return record{}, io.EOF
		}
	}
}
