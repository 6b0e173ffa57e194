package reproduce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/durable"
	"ringmaster/reproduce/experiments"
)

// Record is experiment.json: what a table is made of. It names the cells; what is in them
// is read from their run directories.
type Record struct {
	// Experiment is the table's name. The texts after it are the table's own; a record without
	// them is of one of the paper's tables.
	Experiment string `json:"experiment"`
	Title      string `json:"title,omitempty"`
	Paper      string `json:"paper,omitempty"`
	About      string `json:"about,omitempty"`
	Question   string `json:"question,omitempty"`
	// File is the base run file, as it was named.
	File  string   `json:"file"`
	Seeds []uint64 `json:"seeds"`
	// Resplit: each seed divided the target's corpus anew.
	Resplit bool `json:"resplit"`
	// Folds is how many folds the target's rows are divided into; each of Seeds is one fold.
	Folds   int         `json:"folds,omitempty"`
	Rows    []RowRecord `json:"rows"`
	Skipped []Skipped   `json:"skipped"`
	// Published are F1 in percent, by row, that were given in place of the paper's.
	Published map[string]float64 `json:"published"`
}

// RowRecord is a row and what is tried for it.
type RowRecord struct {
	Name string `json:"name"`
	// Title, Family, Corpus and Against are the row's own (experiments.Row).
	Title   string             `json:"title,omitempty"`
	Family  experiments.Family `json:"family,omitempty"`
	Corpus  string             `json:"corpus,omitempty"`
	Against []string           `json:"against,omitempty"`
	Choices []ChoiceRecord     `json:"choices"`
	// Pretraining is the run directory, from the record's own, of the pretraining whose
	// encoder the row begins with; empty where it has none.
	Pretraining string `json:"pretraining,omitempty"`
}

// ChoiceRecord is a choice of numbers, and its cells in the order of the seeds.
type ChoiceRecord struct {
	// Set are the keys that make the choice; none where nothing is chosen.
	Set   []string `json:"set"`
	Cells []string `json:"cells"` // run directories, from the record's own
}

// Skipped is a row that could not be made, and why.
type Skipped struct {
	Row string `json:"row"`
	Why string `json:"why"`
}

func recordPath(dir string) string { return filepath.Join(dir, "experiment.json") }

// IsExperiment says whether a directory holds an experiment's record.
func IsExperiment(dir string) bool {
	_, err := os.Stat(recordPath(dir))
	return err == nil
}

func (r Record) write(dir string) error {
	return durable.WriteJSON(recordPath(dir), r)
}

// ReadRecord reads the record of an experiment.
func ReadRecord(dir string) (r Record, err error) {
	raw, err := os.ReadFile(recordPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w: %s has no experiment.json", ErrNoRecord, dir)
	}
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err == nil && r.Title == "" {
		err = r.declare()
	}
	if err != nil {
		return r, fmt.Errorf("%w: %s: %w", ErrDamaged, recordPath(dir), err)
	}
	return r, nil
}

// declare fills in what records did not hold before there were tables of one's own.
func (r *Record) declare() error {
	table, err := experiments.Find(r.Experiment)
	if err != nil {
		return err
	}
	r.Title, r.Paper, r.About, r.Question = table.Title, table.Paper, table.About, table.Question
	for i, row := range r.Rows {
		declared, err := table.Row(row.Name)
		if err != nil {
			return err
		}
		r.Rows[i].declare(declared)
	}
	return nil
}

func (r *RowRecord) declare(row experiments.Row) {
	r.Title, r.Family, r.Corpus, r.Against = row.Title, row.Family, row.Corpus, row.Against
}
