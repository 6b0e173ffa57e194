package experiments

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ringmaster/inputfile"
)

// Figures are published scores of one row, in percent. Precision and Recall are nil where
// they were not published.
type Figures struct {
	F1                float64
	Precision, Recall *float64
}

// Published are published scores by table and row name.
type Published map[string]map[string]Figures

//go:embed paper.csv
var paper []byte

// PaperSource says where Paper's numbers stand, and how to read them.
const PaperSource = "The paper's numbers are those of Hosseini and Caragea, \"Distilling Knowledge for Empathy Detection\", Findings of EMNLP 2021, " +
	"Tables 4 to 7. It gives neither seeds nor deviations. Its KD rows are annealed KD; it has no rows of plain KD."

// Paper are the scores of the paper's Tables 4 to 7. The file is part of the program: an error
// is a fault of the program.
var Paper = sync.OnceValues(func() (Published, error) {
	p, err := parse(bytes.NewReader(paper))
	if err != nil {
		return nil, fmt.Errorf("%w: the built-in paper.csv: %w", ErrPublished, err)
	}
	return p, nil
})

// ReadPublished reads published numbers from a CSV file with the columns experiment, row and
// f1, and where they are known precision and recall, in percent.
func ReadPublished(path string) (Published, error) {
	file, err := inputfile.OpenNamed(path, path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPublished, err)
	}
	defer file.Close() // opened for reading only
	p, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrPublished, path, err)
	}
	return p, nil
}

func parse(from io.Reader) (Published, error) {
	in := csv.NewReader(from)
	in.FieldsPerRecord, in.TrimLeadingSpace = 0, true // as many as the first line has
	in.Comment = '#'
	all := Published{}
	for first := true; ; first = false {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if first && record[0] == "experiment" {
			continue
		}
		line, _ := in.FieldPos(0)
		if err := all.add(record); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (p Published) add(record []string) error {
	if len(record) != 3 && len(record) != 5 {
		return fmt.Errorf("%d fields; expected 3 (experiment, row, f1) or 5 (with precision and recall)", len(record))
	}
	table, err := Find(record[0])
	if err != nil {
		return err
	}
	if _, err := table.Row(record[1]); err != nil {
		return err
	}
	var f Figures
	if f.F1, err = percentage(record[2]); err != nil {
		return err
	}
	if len(record) == 5 && !slices.Equal(record[3:], []string{"", ""}) {
		precision, err := percentage(record[3])
		if err != nil {
			return err
		}
		recall, err := percentage(record[4])
		if err != nil {
			return err
		}
		f.Precision, f.Recall = &precision, &recall
	}
	if p[table.Name] == nil {
		p[table.Name] = map[string]Figures{}
	}
	p[table.Name][record[1]] = f
	return nil
}

func percentage(text string) (float64, error) {
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(0 <= value && value <= 100) {
		return 0, fmt.Errorf("%q is not a score in percent", text)
	}
	return value, nil
}
