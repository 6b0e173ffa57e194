package reproduce

import (
	"errors"
	"fmt"

	"ringmaster/reproduce/statistics"
)

// Comparison is a row beside another: paired by seed and test row.
type Comparison struct {
	Row     string `json:"row"`
	Against string `json:"against"`
	Seeds   int    `json:"seeds"`
	// Difference is of the mean scores, Row's less Against's.
	Difference float64             `json:"difference"`
	Interval   statistics.Interval `json:"interval"`
	// P is over seeds and rows; Corrected is Holm's, for the number of comparisons.
	P         float64 `json:"p"`
	Corrected float64 `json:"corrected"`
	// Models is the p-value of the trained models at hand, seeds held fast; nil where each
	// seed has rows of its own.
	Models *float64 `json:"models"`
}

// compare makes the comparisons that the table's rows declare, as far as there are cells.
func (r *Result) compare() error {
	byName := map[string]RowResult{}
	for _, row := range r.Rows {
		byName[row.Name] = row
	}
	var p []float64
	for _, row := range r.Record.Rows {
		for _, against := range row.Against {
			c, made, err := compareRows(byName[row.Name], byName[against], r.Record.Seeds)
			if err != nil {
				return fmt.Errorf("%s against %s: %w", row.Name, against, err)
			}
			if made {
				r.Comparisons = append(r.Comparisons, c)
				p = append(p, c.P)
			}
		}
	}
	for i, corrected := range statistics.Holm(p) {
		r.Comparisons[i].Corrected = corrected
	}
	return nil
}

// compareRows compares two rows by the seeds that both have; made is false where none is.
func compareRows(a, b RowResult, seeds []uint64) (c Comparison, made bool, err error) {
	var left, right []outcome
	for _, seed := range seeds {
		x, has := a.outcomes[seed]
		y, too := b.outcomes[seed]
		if has && too {
			left, right = append(left, x), append(right, y)
		}
	}
	if len(left) == 0 {
		return c, false, nil
	}
	o := statistics.Defaults()
	compared, err := statistics.Compare(system(left), system(right), o)
	if err != nil {
		return c, false, err
	}
	c = Comparison{
		Row: a.Name, Against: b.Name, Seeds: compared.Seeds,
		Difference: compared.Difference, Interval: compared.Interval, P: compared.P,
	}
	switch p, _, err := statistics.Exchange(system(left), system(right), o); {
	case err == nil:
		c.Models = &p
	case !errors.Is(err, statistics.ErrNotPaired): // that is Resplit's doing
		return c, false, err
	}
	return c, true, nil
}
