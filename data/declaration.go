package data

import (
	"path/filepath"
	"slices"
	"unicode/utf8"

	"ringmaster/config"
	"ringmaster/errkind"
)

// declaration is a config.Data prepared for reading.
type declaration struct {
	config.Data
	baseDir   string
	delimiter rune
	labels    *labelReader
	cleaner   *Cleaner
	kind      config.Kind
	classes   []string
	strata    int         // how many there are of (setStrata)
	trace     *Trace      // nil: nobody asks about single rows
	id        string      // column whose cells are kept; empty: none
	met       [parts]bool // parts that a cell of part's column names
	everyLine bool        // of plain text every line is a record, blank ones too
}

// declare prepares a declaration. config's validation refuses the same, with the line of the
// run file; the checks here are for callers that did not load one.
func declare(baseDir string, c config.Data, kind config.Kind) (*declaration, error) {
	d := &declaration{Data: c, baseDir: baseDir, kind: kind, classes: c.Outputs(kind)}
	unlabelled := !c.Labelled()
	if unlabelled {
		d.classes = []string{unlabelledClass}
	}
	switch {
	case len(c.Path) == 0 && len(c.Train) == 0:
		return nil, wrong("it names no files: set path, or train")
	case len(c.Path) > 0 && len(c.Train)+len(c.Valid)+len(c.Test) > 0:
		return nil, wrong("give either path (files to split) or train, valid and test (files that are split already)")
	case c.Split.Group != "" && c.Format.Plain():
		return nil, wrong("split.group is %q, but a file of %s has no columns", c.Split.Group, c.Format)
	case c.Text == "" && !c.Format.Plain():
		return nil, wrong("it does not name the column with the text: set text")
	case unlabelled: // texts alone
	case kind.Is(config.KindValue) && (c.Label == "" || len(c.LabelColumns) > 0):
		return nil, wrong("a task of kind value needs label, the column with the number")
	case kind.Is(config.KindValue):
	case (c.Label == "") == (len(c.LabelColumns) == 0):
		return nil, wrong("set either label or label_columns")
	case len(d.classes) < 2:
		return nil, wrong("the number of classes in labels is %d; it must be at least 2", len(d.classes))
	}
	var err error
	if d.delimiter, err = delimiterOf(c); err != nil {
		return nil, err
	}
	if d.cleaner, err = NewCleaner(c.Clean); err != nil {
		return nil, err
	}
	if unlabelled || kind.Is(config.KindValue) {
		return d, nil
	}
	if d.labels, err = newLabelReader(c, kind, d.classes, d.at); err != nil {
		return nil, err
	}
	return d, nil
}

// unlabelledClass is the one class of a corpus that declares no labels.
const unlabelledClass = "text"

func wrong(format string, args ...any) error {
	return errkind.Errorf(ErrDeclaration, "the declaration of its data is wrong: "+format, args...)
}

func delimiterOf(c config.Data) (rune, error) {
	text := c.Delimiter
	switch {
	case !slices.Contains(config.Formats(), c.Format):
		return 0, wrong("format %q is not one of %s", c.Format, config.FormatNames())
	case text == "" && c.Format == config.CSV:
		text = ","
	case text == "":
		text = "\t"
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || r == utf8.RuneError || r == '"' || r == '\n' || r == '\r' {
		return 0, wrong("delimiter %q is not a single character that can separate fields", text)
	}
	return r, nil
}

// at is where a path of the declaration leads.
func (d *declaration) at(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.baseDir, path)
}

// hasHeader says whether files start with a line that names their columns.
func (d *declaration) hasHeader() bool { return d.Header == nil || *d.Header }

// neededColumns are the columns that every file has to have: text, second text, labels, group, part, id.
func (d *declaration) neededColumns() []string {
	columns := []string{d.Text}
	if d.TextPair != "" {
		columns = append(columns, d.TextPair)
	}
	columns = append(columns, d.labelColumns()...)
	if d.Split.Group != "" {
		columns = append(columns, d.Split.Group)
	}
	if d.Part != "" {
		columns = append(columns, d.Part)
	}
	if d.id != "" {
		columns = append(columns, d.id)
	}
	return columns
}

// labelColumns are the columns that labels are read from.
func (d *declaration) labelColumns() []string {
	if d.Label != "" {
		return []string{d.Label}
	}
	return d.LabelColumns
}
