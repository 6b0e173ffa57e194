package directory

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"

	"ringmaster/config"
	"ringmaster/kinds"
	"ringmaster/model/softmax"
)

// Prediction is a line of predictions.jsonl: what the student said of one row.
type Prediction struct {
	Task string `json:"task"`
	Part Part   `json:"part"`
	// Row is the row's number in the task's files, as in the ledger.
	Row int `json:"row"`
	// Gold and Predicted are class names, where a text has one class; else empty.
	Gold      string `json:"gold,omitempty"`
	Predicted string `json:"predicted,omitempty"`
	// Probabilities are in the order of the task's classes or labels in metrics.json; a value has none.
	Probabilities []float64 `json:"probabilities,omitempty"`
	// GoldLabels and PredictedLabels are label names, where a text has any number of labels; else nil.
	GoldLabels      *[]string `json:"gold_labels,omitempty"`
	PredictedLabels *[]string `json:"predicted_labels,omitempty"`
	// GoldValue and PredictedValue are numbers, where the task asks for one; else nil.
	GoldValue      *float64 `json:"gold_value,omitempty"`
	PredictedValue *float64 `json:"predicted_value,omitempty"`
	// PredictedDeviation is the standard deviation of the value that a head with a variance expects; else nil.
	PredictedDeviation *float64 `json:"predicted_deviation,omitempty"`
}

// PredictionOf is a prediction without its place; names are the task's classes or labels.
func PredictionOf(kind config.Kind, names []string, gold kinds.Gold, said kinds.Answer) Prediction {
	switch {
	case kind.Is(config.KindValue):
		return Prediction{GoldValue: &gold.Value, PredictedValue: &said.Value, PredictedDeviation: said.Deviation}
	case kind.Is(config.KindLabels):
		right, given := kinds.Names(names, gold.Set), kinds.Names(names, said.Set)
		return Prediction{GoldLabels: &right, PredictedLabels: &given, Probabilities: softmax.Rounded(said.Probabilities)}
	}
	return Prediction{Gold: names[gold.Class], Predicted: names[said.Class], Probabilities: softmax.Rounded(said.Probabilities)}
}

// Part is a part of a corpus that is not trained on.
type Part string

// The parts.
const (
	Valid Part = "valid"
	Test  Part = "test"
)

// WritePredictions writes predictions.jsonl, a prediction at a time.
func (d *Dir) WritePredictions(all iter.Seq[Prediction]) error {
	return d.replace(d.Predictions(), func(w io.Writer) error {
		out := bufio.NewWriter(w)
		enc := json.NewEncoder(out)
		for p := range all {
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
