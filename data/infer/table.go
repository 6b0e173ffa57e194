package infer

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
	"ringmaster/data/textfile"
	"ringmaster/errkind"
	"ringmaster/shown"
)

// table is what was read of one file: its columns, and the cells of its rows or of a sample of them.
type table struct {
	source
	format    config.Format
	delimiter rune // 0: the format has none
	header    bool // the first line names the columns
	doubled   bool // several of them alike
	columns   []string
	rows      [][]cell
	// broken counts records that are no row: an unclosed quotation mark, another number of fields.
	broken int
	// sampled says what was read where that is not the whole file; share is how much of it that is.
	sampled string
	share   float64
	// classes are the names of the classes of a column, where the file itself says them.
	classes map[string][]string
}

// cell is one field of a row. A number, a truth value and a null of JSON or Parquet are no text.
type cell struct {
	text   string
	list   []string
	isList bool
	isText bool
}

func textCell(s string) cell { return cell{text: s, isText: true} }

// plain says whether the file is plain text without columns.
func (t *table) plain() bool { return t.format.Plain() }

// read reads a file, of text at most limit bytes.
func read(ctx context.Context, s source, limit int) (*table, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	file, err := textfile.Open(s.at, s.name)
	if errors.Is(err, textfile.ErrParquet) {
		return readParquet(s, limit)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() // opened for reading only
	format, told := config.Ending(file.Inner())
	if told && format == config.Parquet {
		return nil, errkind.Errorf(ErrUnsuitable, "%s is a compressed Parquet file: decompress it, Parquet is compressed inside", s.name)
	}
	text, err := takeSample(file, s, limit)
	if err != nil {
		return nil, err
	}
	t := &table{source: s, sampled: text.note, share: text.share}
	if err := text.checkUTF8(s.name); err != nil {
		return nil, err
	}
	first := strings.TrimLeft(text.pieces[0], " \t\r\n")
	switch {
	case first == "":
		return nil, errkind.Errorf(ErrUnsuitable, "%s is empty", s.name)
	case format == config.JSON, format == config.JSONL, strings.HasPrefix(first, "{\""), strings.HasPrefix(first, "[{"):
		t.format = config.JSONL
		err = t.readObjects(text)
	default:
		t.readDelimited(text, endingOf(file.Inner()))
	}
	if err != nil {
		return nil, err
	}
	if len(t.rows) == 0 {
		return nil, errkind.Errorf(ErrUnsuitable, "%s has no rows", s.name)
	}
	return t, nil
}

func endingOf(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

// checkUTF8 refuses a text of another encoding, and guesses which. A few bad rows are left to the reading of rows.
func (s *sample) checkUTF8(name string) error {
	lines, bad, first := 0, 0, ""
	for _, piece := range s.pieces {
		for line := range strings.Lines(piece) {
			lines++
			if !utf8.ValidString(line) {
				if bad++; first == "" {
					first = line
				}
			}
		}
	}
	if bad == 0 || bad*200 < lines {
		return nil
	}
	return errkind.Errorf(textfile.ErrEncoding, "%s is not UTF-8: %d of %d lines that were read have bytes which are none, as in %s; it is probably Latin-1 or Windows-1252: convert it (iconv -f WINDOWS-1252 -t UTF-8 %s > converted.csv)",
		name, bad, lines, shown.Quote(strings.TrimSpace(first)), shown.ShellWord(name))
}
