package lexicon

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
	"ringmaster/data/textfile"
	"ringmaster/screen"
	"ringmaster/shown"
)

// ErrInput is a file that cannot be filtered as it was asked.
var ErrInput = errors.New("cannot be filtered")

// shownColumns is how many columns a sentence lists.
const shownColumns = 40

// Lines is the format of files with a text a line; the others are config's.
const Lines config.Format = "lines"

// Filter copies the rows of files whose text matches, whole and in order.
type Filter struct {
	Matcher *Matcher
	Tally   *Tally
	Format  config.Format
	// Column is the column, or JSON field, with the text; Lines has none.
	Column string

	header []string // of the first file; the others must have the same
}

// Copy reads one file and writes the rows to keep; name is how messages call it. A
// header is written once, whatever the number of files.
func (f *Filter) Copy(to io.Writer, name string, from io.Reader) error {
	in := bufio.NewReader(from)
	if mark, _ := in.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // these bytes are buffered
	}
	out := bufio.NewWriter(to)
	copyRows := f.copyLines
	switch f.Format {
	case config.CSV:
		copyRows = f.copyCSV
	case config.JSON, config.JSONL:
		_, _ = in.Peek(1) // fills the buffer
		if textfile.BeginsArray(in) {
			copyRows = f.copyArray
		}
	}
	if err := copyRows(out, name, in); err != nil {
		return err
	}
	return out.Flush()
}

func (f *Filter) copyCSV(out *bufio.Writer, name string, in *bufio.Reader) error {
	records := csv.NewReader(in)
	write := csv.NewWriter(out)
	header, err := records.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the header of %s: %w", ErrInput, name, err)
	}
	column, first, err := f.columnOf(name, header)
	if err != nil {
		return err
	}
	if first {
		if err := write.Write(header); err != nil {
			return err
		}
	}
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			write.Flush()
			return write.Error()
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			f.Tally.NoteBad(name, broken.StartLine, broken.Err.Error())
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		line, _ := records.FieldPos(0)
		if f.keeps(name, line, record[column]) {
			if err := write.Write(record); err != nil {
				return err
			}
		}
	}
}

// copyLines copies files whose rows are lines, byte by byte.
func (f *Filter) copyLines(out *bufio.Writer, name string, in *bufio.Reader) error {
	column, pending := 0, f.Format == config.TSV // a header
	for number := 1; ; number++ {
		raw, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s: %w", name, err)
		}
		ended := err != nil
		line := strings.TrimRight(raw, "\r\n")
		keep := false
		switch {
		case raw == "":
		case strings.TrimSpace(line) == "":
			f.Tally.Blank++
		case pending:
			pending = false
			if column, keep, err = f.columnOf(name, strings.Split(line, "\t")); err != nil {
				return err
			}
		default:
			text, why := f.textOf(line, column)
			if why != "" {
				f.Tally.NoteBad(name, number, why)
			} else {
				keep = f.keeps(name, number, text)
			}
		}
		if keep {
			if _, err := out.WriteString(line + "\n"); err != nil {
				return err
			}
		}
		if ended {
			if pending {
				_, _, err := f.columnOf(name, nil)
				return err
			}
			return nil
		}
	}
}

// copyArray copies the elements of a JSON array, as JSON lines.
func (f *Filter) copyArray(out *bufio.Writer, name string, in *bufio.Reader) error {
	elements := json.NewDecoder(in)
	broken := func(number int, err error) error {
		return fmt.Errorf("%w: the JSON array of %s is broken after element %d: %w", ErrInput, name, number, err)
	}
	if _, err := elements.Token(); err != nil {
		return broken(0, err)
	}
	number := 0
	for elements.More() {
		var raw json.RawMessage
		if err := elements.Decode(&raw); err != nil {
			return broken(number, err)
		}
		number++
		text, why := f.textOf(string(raw), 0)
		if why != "" {
			f.Tally.NoteBad(name, number, why)
			continue
		}
		if !f.keeps(name, number, text) {
			continue
		}
		var line bytes.Buffer
		if err := json.Compact(&line, raw); err != nil {
			return broken(number, err)
		}
		line.WriteByte('\n')
		if _, err := line.WriteTo(out); err != nil {
			return err
		}
	}
	if _, err := elements.Token(); err != nil {
		return broken(number, err)
	}
	if _, err := elements.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: there is more in %s after the end of the array", ErrInput, name)
	}
	return nil
}

// textOf is the text of a line, or what is wrong with it.
func (f *Filter) textOf(line string, column int) (text, why string) {
	switch f.Format {
	case config.TSV:
		fields := strings.Split(line, "\t")
		if len(fields) != len(f.header) {
			return "", fmt.Sprintf("%s instead of %d", screen.Count(len(fields), "field", "fields"), len(f.header))
		}
		return fields[column], ""
	case config.JSONL, config.JSON:
		if !utf8.ValidString(line) { // encoding/json would put U+FFFD in its place
			return "", "it is not UTF-8"
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			return "", "it is not a JSON object"
		}
		if raw, has := object[f.Column]; !has || string(raw) == "null" || json.Unmarshal(raw, &text) != nil {
			return "", fmt.Sprintf("the field %q is not text", f.Column)
		}
		return text, ""
	}
	return line, ""
}

// columnOf finds the text's column in a header; first says whether the header is the
// first one, which is to be written.
func (f *Filter) columnOf(name string, header []string) (column int, first bool, err error) {
	column = slices.Index(header, f.Column)
	switch {
	case column < 0:
		return 0, false, fmt.Errorf("%w: %s has no column %q: it has %s", ErrInput, name, f.Column, shown.Line(fmt.Sprintf("%q", header[:min(len(header), shownColumns)])))
	case f.header == nil:
		f.header = slices.Clone(header)
		return column, true, nil
	case !slices.Equal(f.header, header):
		return 0, false, fmt.Errorf("%w: %s has different columns from the files before it: filter them separately", ErrInput, name)
	}
	return column, false, nil
}

func (f *Filter) keeps(name string, line int, text string) bool {
	if !utf8.ValidString(text) {
		f.Tally.NoteBad(name, line, "the text is not UTF-8")
		return false
	}
	m := f.Matcher.Match(text)
	f.Tally.Note(m)
	return m.Keep()
}
