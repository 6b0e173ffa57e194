package reproduce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/durable"
	"ringmaster/reproduce/statistics"
)

// CurveRecord is curve.json: which comparisons a learning curve consists of.
type CurveRecord struct {
	Title string `json:"title"`
	// File is the base run file, as it was named; Target is the task whose training rows are limited.
	File   string       `json:"file"`
	Target string       `json:"target"`
	Points []CurvePoint `json:"points"` // in order of TrainRows
}

// CurvePoint is the comparison at one number of training rows.
type CurvePoint struct {
	TrainRows int    `json:"train_rows"`
	Directory string `json:"directory"` // from the record's own
}

func curvePath(dir string) string { return filepath.Join(dir, "curve.json") }

// IsCurve says whether a directory holds the record of a learning curve.
func IsCurve(dir string) bool {
	_, err := os.Stat(curvePath(dir))
	return err == nil
}

func (r CurveRecord) write(dir string) error { return durable.WriteJSON(curvePath(dir), r) }

// CurveResult is a learning curve of the cells that are finished.
type CurveResult struct {
	Record CurveRecord `json:"record"`
	Points []*Result   `json:"points"` // in the record's order
	// Comparisons are those of all points. Corrected is Holm's for all of them together.
	Comparisons []CurveComparison `json:"comparisons"`
	Finished    int               `json:"finished"` // cells
	Cells       int               `json:"cells"`
	Seconds     float64           `json:"seconds"`
}

// CurveComparison is a comparison at one number of training rows.
type CurveComparison struct {
	TrainRows int `json:"train_rows"`
	Comparison
}

// ReadCurve makes a learning curve of the cells that are finished.
func ReadCurve(dir string) (*CurveResult, error) {
	r := &CurveResult{Comparisons: []CurveComparison{}}
	raw, err := os.ReadFile(curvePath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s has no curve.json", ErrNoRecord, dir)
	}
	if err == nil {
		err = json.Unmarshal(raw, &r.Record)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, curvePath(dir), err)
	}
	var p []float64
	for _, point := range r.Record.Points {
		result, err := Read(filepath.Join(dir, point.Directory))
		if err != nil {
			return nil, err
		}
		r.Points = append(r.Points, result)
		r.Finished, r.Cells, r.Seconds = r.Finished+result.Finished, r.Cells+result.Cells, r.Seconds+result.Seconds
		for _, c := range result.Comparisons {
			r.Comparisons = append(r.Comparisons, CurveComparison{point.TrainRows, c})
			p = append(p, c.P)
		}
	}
	for i, corrected := range statistics.Holm(p) {
		r.Comparisons[i].Corrected = corrected
	}
	return r, nil
}
