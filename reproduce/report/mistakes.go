package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/run/directory"
)

// worst is how many mistakes are shown.
const worst = 12

// reading is how several models read a row: one after the other.
type reading struct {
	row         int
	gold        string
	predicted   []string
	probability float64 // of the gold class, the mean over the models
}

// wrong is how many models misread the row.
func (r reading) wrong() (n int) {
	for _, p := range r.predicted {
		if p != r.gold {
			n++
		}
	}
	return n
}

// readings joins the predictions of several models of the same rows, in order of row.
func readings(predictions [][]directory.Prediction, task string, classes []string) []*reading {
	byRow := map[int]*reading{}
	var all []*reading
	for _, model := range predictions {
		for _, p := range model {
			gold := slices.Index(classes, p.Gold)
			if p.Task != task || p.Part != directory.Test || gold < 0 || gold >= len(p.Probabilities) {
				continue
			}
			r := byRow[p.Row]
			if r == nil {
				r = &reading{row: p.Row, gold: p.Gold}
				byRow[p.Row] = r
				all = append(all, r)
			}
			// A running mean: with a split for each seed not every model has every row.
			r.probability += (p.Probabilities[gold] - r.probability) / float64(len(r.predicted)+1)
			r.predicted = append(r.predicted, p.Predicted)
		}
	}
	slices.SortFunc(all, func(a, b *reading) int { return cmp.Compare(a.row, b.row) })
	return all
}

// worstMistakes are the rows that most of the models misread, the surest first.
func worstMistakes(all []*reading, texts map[int]string) []Mistake {
	missed := slices.DeleteFunc(slices.Clone(all), func(r *reading) bool { return 2*r.wrong() <= len(r.predicted) })
	slices.SortStableFunc(missed, func(a, b *reading) int { return cmp.Compare(a.probability, b.probability) })
	var mistakes []Mistake
	for _, r := range missed[:min(worst, len(missed))] {
		m := Mistake{Row: r.row, Gold: r.gold, Probability: r.probability, Text: texts[r.row]}
		for _, p := range r.predicted {
			if p != r.gold {
				m.Predicted = p
				break
			}
		}
		if len(r.predicted) > 1 {
			m.Note = fmt.Sprintf("misclassified by %d of %d seeds", r.wrong(), len(r.predicted))
		}
		mistakes = append(mistakes, m)
	}
	return mistakes
}

// testTexts reads the texts of a task's test rows, by row, from the corpora as declared.
func testTexts(ctx context.Context, run *config.Run, name string) (map[int]string, error) {
	for _, task := range run.Tasks {
		if task.Name != name {
			continue
		}
		corpus, err := data.Load(ctx, run.BaseDir, task)
		if err != nil {
			return nil, fmt.Errorf("the texts of %s cannot be shown: %w", name, err)
		}
		texts := map[int]string{}
		err = corpus.Test.Each(func(_ int, e data.Example) error {
			texts[e.Row] = data.ShownTexts(e.Text)
			return nil
		})
		return texts, err
	}
	return nil, fmt.Errorf("the texts of %s cannot be shown: config.yaml does not declare it", name)
}

// fits says whether the corpus still has the rows that were scored.
func fits(all []*reading, texts map[int]string) error {
	for _, r := range all {
		if _, there := texts[r.row]; !there {
			return fmt.Errorf("the corpus has changed since training: row %d is no longer among its test rows", r.row)
		}
	}
	return nil
}
