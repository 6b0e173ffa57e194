package job

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/textfile"
)

// A file of answers is CSV or TSV by its name's ending, or JSON, an object a line. A record has a text, with
// text_pair where rows have two, or the number of a row, and a probability for each class or label: in columns of their names, or
// in JSON also in an object "probabilities". An answer of kind value has the value in a column of the label's name.
const (
	textColumn          = "text"
	pairColumn          = "text_pair"
	rowColumn           = "row"
	probabilitiesColumn = "probabilities"
)

// answersFile reads one.
type answersFile interface {
	next() (answer, error) // io.EOF after the last
	line() int
	close() error
}

// form is what a record has besides: a number for each of names.
type form struct {
	kind  config.Kind
	names []string
}

// number is what one of the numbers is.
func (f form) number(name string) string {
	switch {
	case f.kind.Is(config.KindValue):
		return "value " + name
	case f.kind.Is(config.KindLabels):
		return "probability of the label " + name
	}
	return "probability of the class " + name
}

func openAnswers(path, name string, f form) (answersFile, error) {
	text, err := textfile.Open(path, name)
	if err != nil {
		return nil, fmt.Errorf("teacher.answers: %w", err)
	}
	comma := map[string]rune{".csv": ',', ".tsv": '\t'}[strings.ToLower(filepath.Ext(textfile.WithoutEnding(name)))]
	if comma == 0 {
		return &jsonAnswers{file: text, form: f}, nil
	}
	text.Unbound()
	t := &tableAnswers{file: text, csv: csv.NewReader(text.Reader)}
	t.csv.Comma, t.csv.LazyQuotes = comma, comma == '\t'
	if err := t.header(name, f); err != nil {
		return nil, errors.Join(err, text.Close())
	}
	return t, nil
}

// tableAnswers is a CSV or TSV.
type tableAnswers struct {
	file      *textfile.File
	csv       *csv.Reader
	text, row int // columns; −1 without
	pair      int // as well
	numbers   []int
}

func (t *tableAnswers) header(name string, f form) error {
	header, err := t.csv.Read()
	if err != nil {
		return fmt.Errorf("%s: its header cannot be read: %w", name, err)
	}
	t.text, t.row, t.pair = slices.Index(header, textColumn), slices.Index(header, rowColumn), slices.Index(header, pairColumn)
	if t.text < 0 && t.row < 0 {
		return fmt.Errorf("%s has no column %s or %s: it has %s", name, textColumn, rowColumn, strings.Join(header, ", "))
	}
	for _, column := range f.names {
		at := slices.Index(header, column)
		if at < 0 {
			return fmt.Errorf("%s has no column for the %s: it has %s", name, f.number(column), strings.Join(header, ", "))
		}
		t.numbers = append(t.numbers, at)
	}
	return nil
}

func (t *tableAnswers) next() (a answer, err error) {
	fields, err := t.csv.Read()
	if err != nil {
		return a, err
	}
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

func (t *tableAnswers) line() int {
	line, _ := t.csv.FieldPos(0)
	return line
}

func (t *tableAnswers) close() error { return t.file.Close() }

// jsonAnswers is an object a line.
type jsonAnswers struct {
	file *textfile.File
	form
}

func (j *jsonAnswers) next() (a answer, err error) {
	line, err := j.file.ReadLine()
	for err == nil && strings.TrimSpace(line) == "" {
		line, err = j.file.ReadLine()
	}
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return a, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		return a, fmt.Errorf("it is no JSON object: %w", err)
	}
	if raw, has := object[rowColumn]; has {
		a.row = new(int)
		if err := json.Unmarshal(raw, a.row); err != nil {
			return a, fmt.Errorf("row %s is not a whole number", raw)
		}
	} else if err := json.Unmarshal(object[textColumn], &a.text); err != nil {
		return a, fmt.Errorf("it has no %s, and no %s", textColumn, rowColumn)
	} else if raw, has := object[pairColumn]; has {
		second := ""
		if err := json.Unmarshal(raw, &second); err != nil {
			return a, fmt.Errorf("%s is not text", pairColumn)
		}
		a.text = data.JoinTexts(a.text, second)
	}
	named := object
	if raw, has := object[probabilitiesColumn]; has {
		named = nil
		if err := json.Unmarshal(raw, &named); err != nil {
			return a, fmt.Errorf("%s is not an object of numbers by name", probabilitiesColumn)
		}
	}
	for _, name := range j.names {
		x := 0.0
		raw, has := named[name]
		if !has {
			return a, fmt.Errorf("it has no %s", j.number(name))
		}
		if err := json.Unmarshal(raw, &x); err != nil || string(raw) == "null" {
			return a, fmt.Errorf("the %s, %s, is not a number", j.number(name), raw)
		}
		a.said = append(a.said, x)
	}
	return a, nil
}

func (j *jsonAnswers) line() int { return j.file.Line() }

func (j *jsonAnswers) close() error { return j.file.Close() }
