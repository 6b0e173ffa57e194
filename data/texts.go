package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ringmaster/config"
	"ringmaster/data/parquetfile"
	"ringmaster/data/textfile"
	"ringmaster/errkind"
)

// TextsOf describes a file of texts for prediction.
type TextsOf struct {
	// Format is one of config's; empty takes what the file's name tells, else lines, of
	// which each is a text, a blank one too.
	Format config.Format
	// Text is the column, or field, with the text; empty is "text". ID is the one whose
	// values are kept; empty keeps none. Plain text has neither.
	Text, ID string
	// Pairs says that each row has two texts, and TextPair is the column, or field, with the
	// second; empty is "text_pair". Of lines each has two, with a tab between them.
	Pairs    bool
	TextPair string
	// Delimiter, Columns and ExtraFields are those of config.Data. Files have a header
	// unless Columns names their columns.
	Delimiter   string
	Columns     []string
	ExtraFields string
}

// Text is one text of a file.
type Text struct {
	// Text is as in the file, or both texts as JoinTexts joins them; the caller, who knows the task, cleans it.
	Text string
	// ID is its id as a JSON value; nil where none is asked for.
	ID json.RawMessage
}

// Texts reads the texts of a file in order, by the rules for corpora. What would be a bad row
// there is an error here, in the same words, since every text needs a prediction.
type Texts struct {
	d      *declaration
	name   string
	source *openSource
	report *Report
	stream bool
	// pairLines: each line is two texts with a tab between them.
	pairLines bool
}

// named says whether columns are named, which plain text does not have.
func (o TextsOf) named() bool {
	return o.ID != "" || o.Text != "" || o.TextPair != "" || len(o.Columns) > 0
}

// OpenTexts opens a file of texts; name is how messages call it.
func OpenTexts(at, name string, o TextsOf) (*Texts, error) {
	t, err := o.declare(name)
	if err != nil {
		return nil, err
	}
	if t.d.Format == config.Parquet {
		t.source, err = t.d.openAt(at, name)
		return t, err
	}
	text, err := textfile.Open(at, name)
	if errors.Is(err, textfile.ErrParquet) && o.Format == "" {
		o.Format = config.Parquet
		if t, again := OpenTexts(at, name, o); !errors.Is(again, parquetfile.ErrNotParquet) { // as a compressed one is not
			return t, again
		}
	}
	return t.read(text, o, err)
}

// ReadTexts reads texts from a stream, as standard input is.
func ReadTexts(in io.Reader, name string, o TextsOf) (*Texts, error) {
	t, err := o.declare(name)
	if err != nil {
		return nil, err
	}
	if t.d.Format == config.Parquet {
		return nil, errkind.Errorf(ErrFormat, "%s cannot be read as Parquet, which is read from its end: name a file", name)
	}
	text, err := textfile.From(in, name)
	if t, err = t.read(text, o, err); err != nil {
		return nil, err
	}
	t.stream = true
	return t, nil
}

// declare makes a declaration of texts alone.
func (o TextsOf) declare(name string) (*Texts, error) {
	c := config.Data{
		Path: config.Files{name}, Format: o.Format, Text: o.Text, TextPair: o.TextPair,
		Delimiter: o.Delimiter, Columns: o.Columns, ExtraFields: o.ExtraFields,
	}
	if c.Text == "" {
		c.Text = "text"
	}
	if o.Pairs && c.TextPair == "" {
		c.TextPair = "text_pair"
	}
	if o.Format == "" {
		c.Format, _ = config.Ending(name)
	}
	if c.Format == "" {
		c.Format = config.Lines
	}
	if o.Pairs && c.Format == config.Lines && !o.named() {
		c.Format, c.Columns = config.TSV, []string{c.Text, c.TextPair}
	}
	header := len(c.Columns) == 0
	c.Header = &header
	d, err := declare("", c, "")
	if err != nil {
		return nil, err
	}
	d.id, d.everyLine = o.ID, c.Format == config.Lines
	pairLines := o.Pairs && c.Format == config.TSV && len(o.Columns) == 0 && !header
	return &Texts{d: d, name: name, report: newReport("", "", nil), pairLines: pairLines}, nil
}

// read goes on with an open text, or the error of opening it. What is inside a compressed
// file tells the format as a file's own name does.
func (t *Texts) read(text *textfile.File, o TextsOf, err error) (*Texts, error) {
	if err != nil {
		return nil, err
	}
	if inner, told := config.Ending(text.Inner()); told && o.Format == "" && (inner != t.d.Format || t.pairLines) {
		if inner == config.Parquet {
			return nil, errors.Join(errkind.Errorf(ErrFormat, "%s is a compressed Parquet file: decompress it", t.name), text.Close())
		}
		o.Format = inner
		if t, err = o.declare(t.name); err != nil {
			return nil, errors.Join(err, text.Close())
		}
	} else if (t.d.Format == config.Lines || t.pairLines) && o.Format == "" {
		if other := looksLike(text); other != "" {
			return nil, errors.Join(errkind.Errorf(ErrFormat, "%s %s", t.name, other), text.Close())
		}
	}
	if t.d.Format.Plain() && o.named() {
		return nil, errors.Join(errkind.Errorf(ErrFormat, "%s is read as %s, which has no columns: set its format", t.name, t.d.Format), text.Close())
	}
	t.source, err = t.d.read(t.name, text)
	return t, err
}

// Format is the format that the file is read in.
func (t *Texts) Format() config.Format { return t.d.Format }

// Next is the next text, then io.EOF. A text that cannot be taken is a *BadRowsError; of a
// file that is not what it was declared to be, the error is one of this package's others.
func (t *Texts) Next() (Text, error) {
	r, bad, err := t.next()
	if err == nil && bad != nil {
		err = t.badRows()
	}
	if err != nil {
		return Text{}, err
	}
	return Text{Text: t.d.whole(r), ID: r.id}, nil
}

// next is the next record, noted as bad if it is.
func (t *Texts) next() (record, *fault, error) {
	r, err := t.source.next()
	if err != nil {
		return record{}, nil, err
	}
	t.report.Read += r.weight()
	bad := t.d.textFault(r)
	if bad != nil {
		t.report.noteBad(t.name, r, bad)
	}
	return r, bad, nil
}

// Check reads what is left and says everything that is wrong with it.
func (t *Texts) Check(ctx context.Context) error {
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", t.name, context.Cause(ctx))
		}
		if _, _, err := t.next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if len(t.report.BadRows) > 0 {
		return t.badRows()
	}
	return nil
}

func (t *Texts) badRows() error {
	report := *t.report
	report.Files = []FileRows{{File: t.name, Rows: report.Read}}
	report.filesRead()
	return &BadRowsError{Report: report}
}

// Waiting reports whether a further text can be read without waiting, so that a batch need
// not be full before a program that writes a stream gets its predictions. Files never wait.
func (t *Texts) Waiting() bool { return !t.stream || t.source.text.Waiting() }

// Close closes the file; a stream stays open.
func (t *Texts) Close() error { return t.source.Close() }
