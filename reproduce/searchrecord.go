package reproduce

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/durable"
	"ringmaster/reproduce/search"
	"ringmaster/screen"
)

// SearchRecord is search.json: what was searched, and how the trials came out.
type SearchRecord struct {
	File    string        `json:"file"`
	Seeds   int           `json:"seeds"`
	Draw    uint64        `json:"draw"`
	Shares  []float64     `json:"shares"` // of the whole length, by rung
	Trials  []TrialRecord `json:"trials"`
	Winner  *WinnerRecord `json:"winner,omitempty"`
	Halving int           `json:"halving,omitempty"`
	// Measure is what all scores of the record are, the main score of the target's kind.
	Measure Measure `json:"measure,omitempty"`
}

// TrialRecord is a trial and its scores.
type TrialRecord struct {
	Set []string `json:"set"`
	// Valid are the mean scores on the target's validation rows, by rung, as far as it came.
	Valid []float64 `json:"valid"`
	// Diverged is how its training went wrong, where it did; that rung has no score.
	Diverged string `json:"diverged,omitempty"`
}

// WinnerRecord is the trial that was chosen.
type WinnerRecord struct {
	Trial int      `json:"trial"` // from 1
	Rung  int      `json:"rung"`
	Set   []string `json:"set"`
	Cells []string `json:"cells"` // run directories by seed, from the record's own
	// Valid and Test are the target's scores by seed.
	Valid []float64 `json:"valid"`
	Test  []float64 `json:"test"`
}

func newSearchRecord(o SearchOptions, trials []search.Trial, rungs []search.Rung) SearchRecord {
	r := SearchRecord{File: o.File, Seeds: o.Seeds, Draw: o.Draw, Halving: o.Halving}
	for _, rung := range rungs {
		r.Shares = append(r.Shares, rung.Share)
	}
	for _, t := range trials {
		r.Trials = append(r.Trials, TrialRecord{Set: t, Valid: []float64{}})
	}
	return r
}

// score notes a trial's score in a rung, or that it diverged.
func (r *SearchRecord) score(trial, rung int, score float64, diverged string) {
	t := &r.Trials[trial]
	t.Valid, t.Diverged = t.Valid[:min(rung, len(t.Valid))], diverged
	if diverged == "" {
		t.Valid = append(t.Valid, score)
	}
}

func searchPath(dir string) string { return filepath.Join(dir, "search.json") }

// write writes search.json and the table.
func (r *SearchRecord) write(dir string) error {
	if err := durable.WriteJSON(searchPath(dir), r); err != nil {
		return err
	}
	return durable.WriteFile(TableFile(dir), 0o644, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "# Search over %s\n\n%s\n\n%s\n", r.File, r.Caption(), r.Table().Markdown())
		return err
	})
}

// ReadSearch reads the record of a search.
func ReadSearch(dir string) (r *SearchRecord, err error) {
	raw, err := os.ReadFile(searchPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s has no search.json", ErrNoRecord, dir)
	}
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, searchPath(dir), err)
	}
	return r, nil
}

// Caption says in a sentence or two what the table is and what came out.
func (r *SearchRecord) Caption() string {
	text := r.Measure.Name() + " on the target's validation rows" + r.Measure.In()
	if r.Seeds > 1 {
		text += fmt.Sprintf(", mean of %d seeds", r.Seeds)
	}
	text += ", by share of the training's length; the trials that were trained longest first."
	if w := r.Winner; w != nil {
		text += fmt.Sprintf(" Trial %d won (%s). Its %s on the test rows, which were scored for it alone and after the choice: %s.",
			w.Trial, ChoiceText(w.Set), r.Measure.Name(), r.Measure.list(w.Test))
	}
	return text
}

func (m Measure) list(scores []float64) string {
	texts := make([]string, len(scores))
	for i := range scores {
		texts[i] = m.Shown(&scores[i])
	}
	return strings.Join(texts, ", ")
}

// Table is a line a trial: those that came farthest first, by their last score.
func (r *SearchRecord) Table() screen.Table {
	t := screen.Table{Header: []string{"trial"}}
	for _, set := range r.Trials[0].Set {
		key, _, _ := strings.Cut(set, "=")
		t.Header = append(t.Header, strings.TrimPrefix(key, "train."))
	}
	for _, share := range r.Shares {
		t.Header = append(t.Header, fmt.Sprintf("%s at %.3g", r.Measure.Name(), share))
	}
	order := make([]int, len(r.Trials))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := r.Trials[a].Valid, r.Trials[b].Valid
		if len(x) != len(y) || len(x) == 0 {
			return cmp.Compare(len(y), len(x))
		}
		return cmp.Compare(y[len(y)-1], x[len(x)-1])
	})
	for _, i := range order {
		row := []string{fmt.Sprint(i + 1)}
		for _, set := range r.Trials[i].Set {
			_, value, _ := strings.Cut(set, "=")
			row = append(row, value)
		}
		for rung := range r.Shares {
			text := "–"
			switch valid := r.Trials[i].Valid; {
			case rung < len(valid):
				text = r.Measure.Shown(&valid[rung])
			case rung == len(valid) && r.Trials[i].Diverged != "":
				text = "diverged"
			}
			row = append(row, text)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
