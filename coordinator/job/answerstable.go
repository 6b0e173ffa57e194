package job

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ringmaster/data"
	"ringmaster/data/parquetfile"
	"ringmaster/data/textfile"
)

// tableColumns are where a table of answers has what is read. They are those that columns lists, which names, in the order of the
// table's own.
type tableColumns struct {
	text, row, pair int // −1 without
	numbers         []int
}

// columnsOf finds the columns in a table.
func (f form) columnsOf(name string, columns []string) (t tableColumns, err error) {
	t.text, t.row, t.pair = slices.Index(columns, textColumn), slices.Index(columns, rowColumn), slices.Index(columns, pairColumn)
	if t.text < 0 && t.row < 0 {
		return t, fmt.Errorf("%s has no column %s or %s: it has %s", name, textColumn, rowColumn, strings.Join(columns, ", "))
	}
	for _, column := range f.names {
		at := slices.Index(columns, column)
		if at < 0 {
			return t, fmt.Errorf("%s has no column for the %s: it has %s", name, f.number(column), strings.Join(columns, ", "))
		}
		t.numbers = append(t.numbers, at)
	}
	for _, at := range append([]int{t.text, t.row, t.pair}, t.numbers...) {
		if at >= 0 && slices.Contains(columns[at+1:], columns[at]) {
			return t, fmt.Errorf("%s has two columns %s: remove one of them", name, columns[at])
		}
	}
	return t, nil
}

// answer is what a record's fields say.
func (t tableColumns) answer(fields []string) (a answer, err error) {
	if t.row >= 0 {
		row, err := strconv.Atoi(strings.TrimSpace(fields[t.row]))
		if err != nil {
			return a, fmt.Errorf("row %q is not a whole number", fields[t.row])
		}
		a.row = &row
	} else {
		a.text = fields[t.text]
		if t.pair >= 0 {
			a.text = data.JoinTexts(a.text, fields[t.pair])
		}
	}
	for _, at := range t.numbers {
		x, err := strconv.ParseFloat(strings.TrimSpace(fields[at]), 64)
		if err != nil {
			return a, fmt.Errorf("%q is not a number", fields[at])
		}
		a.said = append(a.said, x)
	}
	return a, nil
}

// textTable is a CSV or TSV, read as corpora are: the fields of a TSV have no quotation marks.
type textTable struct {
	file *textfile.File
	name string
	tableColumns
	read func() ([]string, error)
	line func() int
}

func newCSVAnswers(text *textfile.File, name string, f form) (answersFile, error) {
	text.BoundRecords()
	records := csv.NewReader(text.Reader)
	t := &textTable{file: text, name: name}
	line := 0
	t.line = func() int { return line }
	t.read = func() ([]string, error) {
		text.StartRecord()
		fields, err := records.Read()
		var broken *csv.ParseError
		switch {
		case errors.As(err, &broken):
			line = broken.StartLine
			return nil, broken.Err
		case err == nil:
			line, _ = records.FieldPos(0)
		}
		return fields, err
	}
	return t, t.header(f)
}

func newTSVAnswers(text *textfile.File, name string, f form) (answersFile, error) {
	t := &textTable{file: text, name: name, line: text.Line}
	width := 0
	t.read = func() ([]string, error) {
		line, err := text.ReadLine()
		for err == nil && line == "" {
			line, err = text.ReadLine()
		}
		if err != nil {
			return nil, err
		}
		fields := strings.Split(line, "\t")
		if width == 0 {
			width = len(fields)
		}
		if len(fields) != width {
			return nil, fmt.Errorf("it has %d fields, and the header has %d", len(fields), width)
		}
		return fields, nil
	}
	return t, t.header(f)
}

func (t *textTable) header(f form) error {
	columns, err := t.read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is empty", t.name)
	}
	if err != nil {
		return fmt.Errorf("%s: its header cannot be read: %w", t.name, err)
	}
	t.tableColumns, err = f.columnsOf(t.name, slices.Clone(columns))
	return err
}

func (t *textTable) next() (answer, error) {
	fields, err := t.read()
	if err != nil {
		return answer{}, err
	}
	return t.answer(fields)
}

func (t *textTable) place() string { return fmt.Sprintf("%s:%d", t.name, t.line()) }

func (t *textTable) close() error { return t.file.Close() }

// parquetTable is a Parquet file.
type parquetTable struct {
	file *parquetfile.File
	rows *parquetfile.Rows
	tableColumns
	read int
}

func openParquetAnswers(path, name string, f form) (answersFile, error) {
	file, err := parquetfile.Open(path, name)
	if err != nil {
		return nil, fmt.Errorf("teacher.answers: %w", err)
	}
	wanted := slices.DeleteFunc(append([]string{textColumn, pairColumn, rowColumn}, f.names...), func(column string) bool {
		return !slices.Contains(file.Columns(), column)
	})
	t := &parquetTable{file: file}
	if t.tableColumns, err = f.columnsOf(name, file.Columns()); err == nil {
		if t.tableColumns, err = f.columnsOf(name, wanted); err == nil {
			t.rows, err = file.Rows(wanted...)
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return t, nil
}

func (t *parquetTable) next() (answer, error) {
	cells, err := t.rows.Next()
	if err != nil {
		return answer{}, err
	}
	t.read++
	fields := make([]string, len(cells))
	for i, cell := range cells {
		if cell.List || len(cell.Values) > 1 {
			return answer{}, errors.New("it has a list where one value is expected")
		}
		if len(cell.Values) == 1 {
			fields[i] = cell.Values[0].Text
		}
	}
	return t.answer(fields)
}

func (t *parquetTable) place() string { return fmt.Sprintf("%s, row %d", t.file.Name(), t.read) }

func (t *parquetTable) close() error { return errors.Join(t.rows.Close(), t.file.Close()) }
