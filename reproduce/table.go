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
		_, err := fmt.Fprintf(w, "# %s\n\n%s\n\n%s\n\n%s## Comparisons\n\n%s\n\n%s\n",
			r.Heading(), r.Caption(), r.RowsTable(Markdown), pretraining, r.ComparisonsTable(Markdown), r.ComparisonsCaption())
		return err
	})
	if err != nil {
		return err
	}
	return durable.WriteJSON(filepath.Join(dir, "result.json"), r)
}

// Heading is the table's title, and where it stands in the paper.
func (r *Result) Heading() string {
	if r.Paper == "" {
		return r.Title
	}
	return fmt.Sprintf("%s (%s)", r.Title, r.Paper)
}

// Caption says what the table is of.
func (r *Result) Caption() string {
	seeds := "with the same split for all seeds"
	if r.Record.Resplit {
		seeds = "with a separate split for each seed"
	}
	if r.Record.Folds > 0 {
		seeds = fmt.Sprintf("each with another of %d folds as its test rows, so that every row is tested once in %d of them", r.Record.Folds, r.Record.Folds)
	}
	target := "the target"
	if r.Target != "" {
		target = r.Target
	}
	of := r.About
	if r.Paper != "" {
		of = fmt.Sprintf("The rows of %s (%s)", r.Paper, r.About)
	}
	text := fmt.Sprintf("%s, run on %s. %s, on the test rows of %s, as means over %d %s, %s; %d of %d runs are done. "+
		"Intervals are two-level bootstraps over %s and test rows. Hyperparameters were chosen on validation rows only.",
		of, r.Record.File, r.scale(), target, len(r.Record.Seeds), r.Record.Units(), seeds, r.Finished, r.Cells, r.Record.Units())
	text += r.definition()
	for _, row := range r.Rows {
		if row.ChosenBy != "" {
			text += fmt.Sprintf(" Systems trained on %s are scored on the test rows of %s and validated on those of %s.", row.ChosenBy, r.Target, row.ChosenBy)
			break
		}
	}
	if said := r.PublishedSource(); said != "" {
		text += "\n\n" + said
	}
	return text
}

// scale says in what the scores are.
func (r *Result) scale() string {
	switch {
	case r.Measure.Scale() != 1:
		return "Scores are in percent"
	case r.Measure == kappa:
		return "Scores are quadratic kappa, and those beside it in percent"
	}
	return "Scores are " + r.Measure.Name()
}

// PublishedSource says whose the published numbers are; empty where there are none.
func (r *Result) PublishedSource() string {
	switch {
	case len(r.published) == 0:
		return ""
	case len(r.Record.Published) > 0:
		return experiments.PaperSource + " Some of them were replaced with --published."
	}
	return experiments.PaperSource
}

// definition says what the precision, recall and F1 of the table speak of.
func (r *Result) definition() string {
	for _, row := range r.Rows {
		done := inOrder(row.outcomes, r.Record.Seeds)
		if len(done) == 0 {
			continue
		}
		test := done[0].test
		if test.Value != nil {
			return fmt.Sprintf(" RMSE and MAE are in the unit of %s.", test.Of())
		}
		return fmt.Sprintf(" Precision, recall and F1: %s.", test.Definition("test"))
	}
	return ""
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

// comparisonColumns head what Cells gives.
func comparisonColumns(m Measure) []string {
	return []string{"seeds", "change\nin " + m.Name(), "95%\ninterval", "p", "p,\nHolm", "p, these\nmodels"}
}

// Cells are the comparison's numbers as a table has them: seeds, difference, interval, p, p after Holm, and p of these models.
func (c Comparison) Cells(m Measure) []any {
	models := "–"
	if c.Models != nil {
		models = PValue(*c.Models)
	}
	return []any{c.Seeds, m.Signed(c.Difference), m.Signed(c.Interval.Low) + " to " + m.Signed(c.Interval.High), PValue(c.P), PValue(c.Corrected), models}
}

// ComparisonsTable is a line a comparison.
func (r *Result) ComparisonsTable(f Format) string {
	if len(r.Comparisons) == 0 {
		return "No pair of rows to compare is finished yet."
	}
	t := newTable()
	header := table.Row{"system", "against"}
	if f == Terminal { // within 80 columns
		header = table.Row{"system and reference"}
	}
	for _, name := range comparisonColumns(r.Measure) {
		header = append(header, headerText(f, name))
	}
	t.AppendHeader(header)
	for _, c := range r.Comparisons {
		line := table.Row{c.Row, c.Against}
		if f == Terminal {
			line = table.Row{text.WrapHard(c.Row, rivalWidth) + "\nagainst " + text.WrapHard(c.Against, rivalWidth-len("against "))}
		}
		t.AppendRow(append(line, c.Cells(r.Measure)...))
	}
	return render(t, f)
}

// fewSeeds is below what a page says that seeds are few.
const fewSeeds = 5

// ComparisonsCaption says what the p-values are.
func (r *Result) ComparisonsCaption() string {
	text := fmt.Sprintf("p: two-sided paired bootstrap at two levels, over seeds and test rows, of the difference between two methods. "+
		"p, Holm: p corrected for %d comparisons. p, these models: permutation test on the trained models, which exchanges "+
		"predictions row by row with the seeds fixed; it does not generalise to other seeds.", len(r.Comparisons))
	for _, c := range r.Comparisons {
		if c.Seeds < fewSeeds {
			return text + fmt.Sprintf(" Some rows have fewer than %d seeds: their intervals and p-values generalise little to other seeds.", fewSeeds)
		}
	}
	return text
}

// Where a row's name is broken on a terminal, alone and beside the row that it is compared with.
const (
	nameWidth  = 24
	rivalWidth = 21
)

func newTable() table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	configs := []table.ColumnConfig{}
	for i := 2; i <= 12; i++ {
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

// PValue is a p-value for a person to read.
func PValue(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}
