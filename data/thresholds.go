package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"ringmaster/durable"
	"ringmaster/inputfile"
)

// thresholdsFile stands in a model folder beside the weights. It is not in the recipe, since it is written when the
// model has been scored, and the model's own files stay as they were saved.
const thresholdsFile = "thresholds.json"

// Thresholds are, by task, the probabilities from which a label is given to a text, of tasks with any number
// of labels a text.
type Thresholds map[string]float64

// WriteThresholds puts thresholds into a model folder.
func WriteThresholds(dir string, t Thresholds) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("encode thresholds: %w", err)
	}
	return durable.WriteFile(filepath.Join(dir, thresholdsFile), 0o644, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// ReadThresholds reads a model folder's thresholds; none where there is no such file.
func ReadThresholds(dir string) (Thresholds, error) {
	path := filepath.Join(dir, thresholdsFile)
	text, err := inputfile.Read(path, largestRecipe)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var t Thresholds
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for task, p := range t {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("%s: the threshold of task %s is %v, which is not between 0 and 1", path, task, p)
		}
	}
	return t, nil
}
