package data

import (
	"errors"
	"io"
	"strings"

	"ringmaster/data/textfile"
)

// plainSource reads plain text: a record is a line, or the lines up to a blank one, joined
// by spaces. Blank lines are not records, unless every line is asked for.
type plainSource struct {
	text       *textfile.File
	paragraphs bool
	every      bool
}

func (s *plainSource) next() (record, error) {
	var r record
	var lines []string
	for {
		line, err := s.text.ReadLine()
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return record{}, err
		}
		if s.every && !ended {
			return record{first: s.text.Line(), last: s.text.Line(), cells: cells{text: line}}, nil
		}
		if line = strings.TrimSpace(line); line != "" {
			if lines == nil {
				r.first = s.text.Line()
			}
			lines, r.last = append(lines, line), s.text.Line()
		}
		switch {
		case len(lines) > 0 && (ended || line == "" || !s.paragraphs):
			r.text = strings.Join(lines, " ")
			return r, nil
		case ended:
			return record{}, io.EOF
		}
	}
}
