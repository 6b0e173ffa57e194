package reproduce

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ringmaster/durable"
	"ringmaster/reproduce/experiments"
)

// Format is how a table is written.
type Format int

// The formats.
const (
	Terminal Format = iota
	Markdown
)

// TableFile is the Markdown table in an experiment's directory.
func TableFile(dir string) string { return filepath.Join(dir, "table.md") }

// WriteTables writes table.md and result.json into an experiment's directory.
func (r *Result) WriteTables(dir string) error {
	err := durable.WriteFile(TableFile(dir), 0o644, func(w io.Writer) error {
		pretraining := ""
		if len(r.Pretrainings) > 0 {
			pretraining = fmt.Sprintf("## Pretraining\n\n%s\n\n%s\n\n", r.PretrainingsTable(Markdown), PretrainingsCaption)
		}
		_, err := fmt.Fprintf(w, "# %s (%s)\n\n%s\n\n%s\n\n%s## Comparisons\n\n%s\n\n%s\n",
			r.Title, r.Paper, r.Caption(), r.RowsTable(Markdown), pretraining, r.ComparisonsTable(Markdown), r.ComparisonsCaption())
		return err
	})
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "result.json"), r)
}

// RowsTable is a line a row.
func (r *Result) RowsTable(f Format) string {
	t := newTable()
	t.AppendHeader(table.Row{"system", "seeds", "F1", "± between seeds", "95% interval", "precision", "recall", "accuracy", "F1 on validation", "paper's F1"})
	var family experiments.Family
	for _, row := range r.Rows {
		if f == Terminal && family != "" && row.Family != family {
			t.AppendSeparator()
		}
		family = row.Family
		interval := "–"
		if row.Interval != nil {
			interval = fmt.Sprintf("%.1f to %.1f", 100*row.Interval.Low, 100*row.Interval.High)
		}
		t.AppendRow(table.Row{
			row.TitleWithChoice(), fmt.Sprintf("%d/%d", row.Seeds, len(r.Record.Seeds)), percent(row.F1), percent(row.Deviation), interval,
			percent(row.Precision), percent(row.Recall), percent(row.Accuracy), percent(row.ValidF1), percent(row.Published),
		})
	}
	for _, s := range r.Record.Skipped {
		t.AppendRow(table.Row{s.Row, "left out", "–", "–", "–", "–", "–", "–", "–", percent(r.published(s.Row))})
	}
	return render(t, f)
}

// TitleWithChoice is the row's title, with the numbers that were chosen where there was a
// choice.
func (r RowResult) TitleWithChoice() string {
	switch {
	case r.Tried < 2:
		return r.Title
	case r.Undecided:
		return fmt.Sprintf("%s (first of %d, none chosen yet)", r.Title, r.Tried)
	}
	return fmt.Sprintf("%s (%s, of %d)", r.Title, ChoiceText(r.Choice), r.Tried)
}

func (r *Result) published(row string) *float64 {
	f1, known := r.Record.Published[row]
	if !known {
		return nil
	}
	f1 /= 100
	return &f1
}

// Caption says what the table is of.
func (r *Result) Caption() string {
	seeds := "the same split for all seeds"
	if r.Record.Resplit {
		seeds = "a split of its own for each seed"
	}
	text := fmt.Sprintf("%s. In percent, on the target's test rows; means over %d seeds, %s; %d of %d runs are done. "+
		"Intervals are two-level bootstraps over seeds and test rows. Choices were made on validation rows alone.",
		r.About, len(r.Record.Seeds), seeds, r.Finished, r.Cells)
	for _, row := range r.Rows {
		if row.ChosenBy != "" {
			text += fmt.Sprintf(" What learns %s is judged by the test rows of %s, and its validation rows are those of %s.", row.ChosenBy, r.Target, row.ChosenBy)
			break
		}
	}
	if len(r.Record.Published) == 0 {
		text += "\n\n" + experiments.WhyNoneKept
	}
	return text
}

// PretrainingsTable is a line a corpus that was pretrained on.
func (r *Result) PretrainingsTable(f Format) string {
	t := newTable()
	t.AppendHeader(tableRow(PretrainingColumns()))
	for _, p := range r.Pretrainings {
		t.AppendRow(tableRow(p.Columns()))
	}
	return render(t, f)
}

func tableRow(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = c
	}
	return row
}

// ComparisonsTable is a line a comparison.
func (r *Result) ComparisonsTable(f Format) string {
	if len(r.Comparisons) == 0 {
		return "No two rows that are to be compared are done yet."
	}
	t := newTable()
	t.AppendHeader(table.Row{"system", "against", "seeds", "difference in F1", "95% interval", "p", "p, Holm", "p, these models"})
	for _, c := range r.Comparisons {
		models := "–"
		if c.Models != nil {
			models = pValue(*c.Models)
		}
		t.AppendRow(table.Row{
			c.Row, c.Against, c.Seeds, fmt.Sprintf("%+.1f", 100*c.Difference),
			fmt.Sprintf("%+.1f to %+.1f", 100*c.Interval.Low, 100*c.Interval.High), pValue(c.P), pValue(c.Corrected), models,
		})
	}
	return render(t, f)
}

// fewSeeds is below what a page says that seeds are few.
const fewSeeds = 5

// ComparisonsCaption says what the p-values are.
func (r *Result) ComparisonsCaption() string {
	text := fmt.Sprintf("p: is one method better than the other? A paired two-level bootstrap over seeds and test rows, two-sided. "+
		"p, Holm: the same, corrected for %d comparisons. p, these models: the trained models at hand, exchanged row by row, "+
		"seeds held fast; it says nothing of other seeds.", len(r.Comparisons))
	for _, c := range r.Comparisons {
		if c.Seeds < fewSeeds {
			return text + fmt.Sprintf(" Some rows have fewer than %d seeds: their intervals and p-values say little of other seeds.", fewSeeds)
		}
	}
	return text
}

func newTable() table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	t.SetStyle(style)
	configs := []table.ColumnConfig{}
	for i := 2; i <= 10; i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	return t
}

func render(t table.Writer, f Format) string {
	if f == Markdown {
		return t.RenderMarkdown()
	}
	return t.Render()
}

func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f", 100**share)
}

func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}
