package export

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
	"ringmaster/data"
)

// ErrUnwritable is a row, or a name, that a format cannot hold.
var ErrUnwritable = errors.New("the format cannot represent it")

// Form says how rows are written.
type Form struct {
	Format    config.Format
	Delimiter rune // of CSV and TSV
	// Text and Label name the columns, TextPair that of a second text, and Group that of
	// split.group, where it is another; a corpus of texts alone has no Label, one that is not
	// divided by groups no Group.
	Text, TextPair, Label, Group string
}

// FormOf is the form that a corpus is declared in, or another format of the same columns.
// What is declared as JSON, Parquet or plain text is written as JSONL.
func FormOf(d config.Data, format config.Format) (Form, error) {
	f := Form{Format: format, Text: cmp.Or(d.Text, "text"), TextPair: d.TextPair, Label: d.Label, Group: d.Split.Group}
	if format == "" {
		f.Format = d.Format
	}
	if f.Format == config.JSON || format == "" && (f.Format == config.Parquet || f.Format.Plain()) {
		f.Format = config.JSONL
	}
	if f.Label == "" && d.Labelled() { // label_columns, which become one
		for _, f.Label = range []string{"label", "class", "label_class"} {
			if f.Label != f.Text && f.Label != f.TextPair && f.Label != f.Group {
				break
			}
		}
	}
	switch f.Format {
	case config.CSV:
		f.Delimiter = ','
	case config.TSV:
		f.Delimiter = '\t'
	case config.JSONL:
		return f, nil
	default:
		return Form{}, fmt.Errorf("%w: format %q is not csv, tsv or jsonl", ErrUnwritable, f.Format)
	}
	if f.Format == d.Format && d.Delimiter != "" {
		f.Delimiter, _ = utf8.DecodeRuneInString(d.Delimiter)
	}
	return f, nil
}

// Ending is how files of the form end: .csv, .tsv or .jsonl.
func (f Form) Ending() string { return "." + string(f.Format) }

// Declare is a declaration of files of this form, but for their names.
func (f Form) Declare(classes []string) config.Data {
	d := config.Data{
		Format: f.Format, Text: f.Text, TextPair: f.TextPair, Label: f.Label, ExtraFields: "error", SeveralLabels: "error",
		Split: config.Split{Train: 1, Group: f.Group},
	}
	if f.Format != config.JSONL {
		d.Delimiter = string(f.Delimiter)
		header := true
		d.Header = &header
	}
	if f.Label == "" {
		return d
	}
	for _, class := range classes {
		d.Labels = append(d.Labels, config.Pair{From: class, To: class})
	}
	return d
}

// Rows are rows to be written, such as a data.Part; Each goes through them.
type Rows interface {
	Each(do func(i int, e data.Example) error) error
}

// Write writes a header, where the format has one, and rows.
func (f Form) Write(to io.Writer, rows Rows, classes []string) error {
	for _, name := range append(f.columns(), classes...) {
		if why := f.refuses(name); why != "" || strings.TrimSpace(name) != name {
			return fmt.Errorf("%w: the name %q has white space at an end, or %s: rename it", ErrUnwritable, name, f.limits())
		}
	}
	out := bufio.NewWriter(to)
	write := f.writer(out)
	if f.Format != config.JSONL {
		if err := write(f.columns()); err != nil {
			return err
		}
	}
	cells := make([]string, 0, 4)
	err := rows.Each(func(_ int, e data.Example) error {
		if why := f.refuses(e.Text); why != "" {
			return fmt.Errorf("%w: the text of row %d has %s, which %s cannot represent: write jsonl", ErrUnwritable, e.Row, why, f.Format)
		}
		first, second, _ := e.Texts()
		cells = append(cells[:0], first)
		if f.TextPair != "" {
			cells = append(cells, second)
		}
		if f.Label != "" {
			cells = append(cells, classes[e.Class])
		}
		if f.ownGroup() {
			if why := f.refuses(e.Group); why != "" {
				return fmt.Errorf("%w: the group of row %d has %s, which %s cannot represent: write jsonl", ErrUnwritable, e.Row, why, f.Format)
			}
			cells = append(cells, e.Group)
		}
		return write(cells)
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// columns are the names of the columns, in the order in which they are written.
func (f Form) columns() []string {
	names := []string{f.Text}
	for _, name := range []string{f.TextPair, f.Label} {
		if name != "" {
			names = append(names, name)
		}
	}
	if f.ownGroup() {
		names = append(names, f.Group)
	}
	return names
}

// ownGroup says whether groups have a column of their own: those of pairs may be one of their texts.
func (f Form) ownGroup() bool { return f.Group != "" && f.Group != f.Text && f.Group != f.TextPair }

func (f Form) limits() string {
	if f.Format == config.TSV {
		return "a delimiter or a line break"
	}
	return "a line break"
}

// refuses says what of a text the format would change; empty if nothing.
func (f Form) refuses(text string) string {
	switch {
	case f.Format == config.TSV && strings.ContainsRune(text, f.Delimiter):
		return fmt.Sprintf("the delimiter %q", f.Delimiter)
	case f.Format == config.TSV && strings.ContainsAny(text, "\n\r"):
		return "a line break"
	case f.Format == config.CSV && strings.Contains(text, "\r\n"):
		return "a line break of CR and LF"
	}
	return ""
}

// writer writes one row, the cells of columns.
func (f Form) writer(out *bufio.Writer) func(cells []string) error {
	switch f.Format {
	case config.TSV:
		return func(cells []string) error {
			_, err := fmt.Fprintf(out, "%s\n", strings.Join(cells, string(f.Delimiter)))
			return err
		}
	case config.CSV:
		records := csv.NewWriter(out)
		records.Comma = f.Delimiter
		return func(cells []string) error {
			if err := records.Write(cells); err != nil {
				return err
			}
			records.Flush()
			return records.Error()
		}
	}
	names := f.columns()
	return func(cells []string) error {
		fields := make([]string, len(cells))
		for i, cell := range cells {
			fields[i] = quoted(names[i]) + ":" + quoted(cell)
		}
		_, err := fmt.Fprintf(out, "{%s}\n", strings.Join(fields, ","))
		return err
	}
}

// quoted is a JSON string in which <URL> stays legible.
func quoted(text string) string {
	var b strings.Builder
	encode := json.NewEncoder(&b)
	encode.SetEscapeHTML(false)
	if err := encode.Encode(text); err != nil {
		panic("a text is no JSON string: " + err.Error()) // every string is one
	}
	return strings.TrimSuffix(b.String(), "\n")
}
