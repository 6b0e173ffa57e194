package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/textfile"
)

// A file of answers is a table (answerstable.go) or JSON: an object a line, or an array of objects. A record has a text, with
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
	place() string         // of the record that was read last
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
	if errors.Is(err, textfile.ErrParquet) {
		return openParquetAnswers(path, name, f)
	}
	if err != nil {
		return nil, fmt.Errorf("teacher.answers: %w", err)
	}
	var file answersFile
	switch format, _ := config.Ending(text.Inner()); format {
	case config.CSV:
		file, err = newCSVAnswers(text, name, f)
	case config.TSV:
		file, err = newTSVAnswers(text, name, f)
	default:
		file = newJSONAnswers(text, name, f)
	}
	if err != nil {
		return nil, errors.Join(err, text.Close())
	}
	return file, nil
}

// jsonAnswers are objects: one a line, or the elements of an array.
type jsonAnswers struct {
	file *textfile.File
	name string
	form
	array    *json.Decoder // nil: an object a line
	elements int
}

func newJSONAnswers(text *textfile.File, name string, f form) answersFile {
	j := &jsonAnswers{file: text, name: name, form: f}
	if textfile.BeginsArray(text.Reader) {
		text.BoundRecords()
		j.array = json.NewDecoder(text)
	}
	return j
}

func (j *jsonAnswers) next() (a answer, err error) {
	raw, err := j.object()
	if err != nil {
		return a, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return a, fmt.Errorf("it is no JSON object: %w", err)
	}
	if raw, has := object[rowColumn]; has && string(raw) != "null" {
		a.row = new(int)
		if err := json.Unmarshal(raw, a.row); err != nil {
			return a, fmt.Errorf("row %s is not a whole number", raw)
		}
	} else if a.text, err = textsOfAnswer(object); err != nil {
		return a, err
	}
	a.said, err = j.numbers(object)
	return a, err
}

// object is the next object as it stands in the file.
func (j *jsonAnswers) object() ([]byte, error) {
	if j.array != nil {
		return j.element()
	}
	for {
		line, err := j.file.ReadLine()
		if err != nil || strings.TrimSpace(line) != "" {
			return []byte(line), err
		}
	}
}

// element is the next of an array.
func (j *jsonAnswers) element() (raw json.RawMessage, err error) {
	broken := func(err error) error {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON array is not closed: the file is cut short")
		}
		return fmt.Errorf("the JSON array is broken behind it: %w", err)
	}
	j.file.StartRecord()
	if j.elements == 0 {
		if _, err := j.array.Token(); err != nil {
			return nil, broken(err)
		}
	}
	if !j.array.More() {
		if _, err := j.array.Token(); err != nil {
			return nil, broken(err)
		}
		return nil, io.EOF
	}
	if err := j.array.Decode(&raw); err != nil {
		return nil, broken(err)
	}
	j.elements++
	return raw, nil
}

// textsOfAnswer is the text of a record, or both of them.
func textsOfAnswer(object map[string]json.RawMessage) (string, error) {
	first, second := "", ""
	if err := json.Unmarshal(object[textColumn], &first); err != nil {
		return "", fmt.Errorf("it has no %s, and no %s", textColumn, rowColumn)
	}
	raw, has := object[pairColumn]
	if !has {
		return first, nil
	}
	if err := json.Unmarshal(raw, &second); err != nil {
		return "", fmt.Errorf("%s is not text", pairColumn)
	}
	return data.JoinTexts(first, second), nil
}

func (j *jsonAnswers) numbers(object map[string]json.RawMessage) (said []float64, err error) {
	named := object
	if raw, has := object[probabilitiesColumn]; has && !slices.Contains(j.names, probabilitiesColumn) {
		named = nil
		if err := json.Unmarshal(raw, &named); err != nil {
			return nil, fmt.Errorf("%s is not an object of numbers by name", probabilitiesColumn)
		}
	}
	for _, name := range j.names {
		x := 0.0
		raw, has := named[name]
		if !has {
			return nil, fmt.Errorf("it has no %s", j.number(name))
		}
		if err := json.Unmarshal(raw, &x); err != nil || string(raw) == "null" {
			return nil, fmt.Errorf("the %s, %s, is not a number", j.number(name), raw)
		}
		said = append(said, x)
	}
	return said, nil
}

func (j *jsonAnswers) place() string {
	if j.array != nil {
		return fmt.Sprintf("%s, element %d", j.name, j.elements)
	}
	return fmt.Sprintf("%s:%d", j.name, j.file.Line())
}

func (j *jsonAnswers) close() error { return j.file.Close() }
