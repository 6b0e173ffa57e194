package experiments

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Published are the paper's own F1, in percent, by table and row name.
type Published map[string]map[string]float64

// WhyNoneKept says why this package holds no numbers of the paper.
const WhyNoneKept = "The paper's own numbers are not kept in this program: where it was written, its abstract " +
	"could be looked up (doi.org/10.18653/v1/2021.findings-emnlp.314), its tables could not, and none are " +
	"quoted from memory. Whoever has the paper at hand gives them with --published FILE.csv (experiment,row,f1)."

// F1 is the published number of a row.
func (p Published) F1(table, row string) (float64, bool) {
	f1, known := p[table][row]
	return f1, known
}

// ReadPublished reads published numbers from a CSV file with the columns experiment, row
// and f1, in percent.
func ReadPublished(path string) (Published, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPublished, err)
	}
	defer file.Close()
	in := csv.NewReader(file)
	in.FieldsPerRecord, in.TrimLeadingSpace = 3, true
	in.Comment = '#'
	all := Published{}
	for first := true; ; first = false {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrPublished, path, err)
		}
		if first && record[0] == "experiment" {
			continue
		}
		line, _ := in.FieldPos(0)
		if err := all.add(record); err != nil {
			return nil, fmt.Errorf("%w: %s, line %d: %w", ErrPublished, path, line, err)
		}
	}
}

func (p Published) add(record []string) error {
	table, err := Find(record[0])
	if err != nil {
		return err
	}
	if _, err := table.Row(record[1]); err != nil {
		return err
	}
	f1, err := strconv.ParseFloat(strings.TrimSpace(record[2]), 64)
	if err != nil || f1 < 0 || f1 > 100 {
		return fmt.Errorf("%q is not an F1 in percent", record[2])
	}
	if p[table.Name] == nil {
		p[table.Name] = map[string]float64{}
	}
	p[table.Name][record[1]] = f1
	return nil
}
