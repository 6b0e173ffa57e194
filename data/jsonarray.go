package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"ringmaster/data/textfile"
	"ringmaster/errkind"
)

// arraySource reads the objects of one JSON array, whatever its lines are.
type arraySource struct {
	text    *textfile.File
	lines   *lineCounter
	decoder *json.Decoder
	opened  bool
	// elements are read, and the last one ended on a line.
	elements, ended int
	objects
}

func newArray(o objects, text *textfile.File) *arraySource {
	text.BoundRecords()
	lines := &lineCounter{r: text}
	return &arraySource{text: text, lines: lines, decoder: json.NewDecoder(lines), objects: o}
}

func (s *arraySource) next() (record, error) {
	s.text.StartRecord()
	if !s.opened {
		if _, err := s.decoder.Token(); err != nil {
			return record{}, s.broken(err)
		}
		s.opened = true
	}
	if !s.decoder.More() {
		return record{}, s.end()
	}
	var raw json.RawMessage
	if err := s.decoder.Decode(&raw); err != nil {
		return record{}, s.broken(err)
	}
	r := record{last: s.lines.at(s.decoder.InputOffset())}
	s.elements, s.ended = s.elements+1, r.last
	r.first = r.last - bytes.Count(raw, []byte("\n"))
	r.cells, r.fault = s.pick("element", raw)
	return r, nil
}

// end is io.EOF where the array is closed and nothing follows it.
func (s *arraySource) end() error {
	if _, err := s.decoder.Token(); err != nil {
		return s.broken(err)
	}
	line := s.lines.at(s.decoder.InputOffset())
	if _, err := s.decoder.Token(); !errors.Is(err, io.EOF) {
		return errkind.Errorf(ErrJSON, "%s:%d: there is more after the end of the array: a file has one array of objects, or one object per line", s.path, line)
	}
	return s.atEnd()
}

// broken says where the array cannot be read further; no row behind that place can be.
func (s *arraySource) broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && s.elements == 0:
		return errkind.Errorf(ErrJSON, "%s: the JSON array is broken before the end of its first element: %v", s.path, err)
	case errors.As(err, &syntax):
		return errkind.Errorf(ErrJSON, "%s: the JSON array is broken after element %d, which ends on line %d: %v", s.path, s.elements, s.ended, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errkind.Errorf(ErrJSON, "%s: the JSON array is not closed: the file is cut short", s.path)
	}
	return readError(s.path, err)
}

// lineCounter tells the line of a place in what was read through it.
type lineCounter struct {
	r      io.Reader
	read   int64   // bytes
	breaks []int64 // places of line breaks behind the last place asked for
	passed int     // line breaks before it
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			c.breaks = append(c.breaks, c.read+int64(i))
		}
	}
	c.read += int64(n)
	return n, err
}

// at is the line of a place, from 1. Places are asked for in rising order.
func (c *lineCounter) at(offset int64) int {
	for len(c.breaks) > 0 && c.breaks[0] < offset {
		c.breaks, c.passed = c.breaks[1:], c.passed+1
	}
	return c.passed + 1
}

// quotedJSON is a text as a JSON string that stays legible.
func quotedJSON(text string) json.RawMessage {
	var b strings.Builder
	encode := json.NewEncoder(&b)
	encode.SetEscapeHTML(false)
	if err := encode.Encode(text); err != nil {
		panic("a text is no JSON string: " + err.Error()) // every string is one
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}
