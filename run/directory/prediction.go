package directory

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Prediction is a line of predictions.jsonl: what the student said of one row.
type Prediction struct {
	Task string `json:"task"`
	Part Part   `json:"part"`
	// Row is the row's number in the task's files, as in the ledger.
	Row int `json:"row"`
	// Gold and Predicted are class names.
	Gold      string `json:"gold"`
	Predicted string `json:"predicted"`
	// Probabilities are in the order of the task's classes in metrics.json.
	Probabilities []float64 `json:"probabilities"`
}

// Part is a part of a corpus that is not trained on.
type Part string

// The parts.
const (
	Valid Part = "valid"
	Test  Part = "test"
)

// WritePredictions writes predictions.jsonl.
func (d *Dir) WritePredictions(all []Prediction) error {
	return d.replace(d.Predictions(), func(w io.Writer) error {
		out := bufio.NewWriter(w)
		enc := json.NewEncoder(out)
		for _, p := range all {
			if err := enc.Encode(p); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// ReadPredictions reads predictions.jsonl; fs.ErrNotExist when there is none, as in a run
// that was not scored, or by an older release.
func (l Layout) ReadPredictions() ([]Prediction, error) {
	if _, err := os.Stat(l.Predictions()); err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	var all []Prediction
	torn, err := readLog(l.Predictions(), func(p Prediction) error {
		all = append(all, p)
		return nil
	})
	if err == nil && torn {
		err = fmt.Errorf("%s ends with an incomplete line: %w", l.Predictions(), ErrDamaged)
	}
	return all, err
}
