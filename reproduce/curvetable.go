package reproduce

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ringmaster/durable"
)

// WriteTables writes table.md and result.json into the curve's directory.
func (r *CurveResult) WriteTables(dir string) error {
	err := durable.WriteFile(TableFile(dir), 0o644, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "# %s\n\n%s\n\n%s\n\n## Comparisons\n\n%s\n\n%s\n",
			r.Heading(), r.Caption(), r.RowsTable(Markdown), r.ComparisonsTable(Markdown), r.ComparisonsCaption())
		return err
	})
	if err != nil {
		return err
	}
	return durable.WriteJSON(filepath.Join(dir, "result.json"), r)
}

// Heading is the curve's title.
func (r *CurveResult) Heading() string { return r.Record.Title + ", by its training rows" }

// Caption says what the curve is of.
func (r *CurveResult) Caption() string {
	first := r.Points[0]
	seeds := "all seeds train on the same rows"
	if first.Record.Resplit {
		seeds = "each seed draws training rows of its own"
	}
	m := r.Measure()
	return fmt.Sprintf("%s, run on %s with so many training rows of %s; %s. %s on its test rows%s, as means over up to %d %s; %d of %d runs are done. "+
		"Intervals are two-level bootstraps over %s and test rows.", first.About, r.Record.File, r.Record.Target, seeds, m.Name(), m.In(),
		len(first.Record.Seeds), first.Record.Units(), r.Finished, r.Cells, first.Record.Units()) + r.first().definition()
}

// first is the first point with a finished run, else the first.
func (r *CurveResult) first() *Result {
	for _, point := range r.Points {
		if point.Finished > 0 {
			return point
		}
	}
	return r.Points[0]
}

// Measure is the score that the curve compares.
func (r *CurveResult) Measure() Measure { return r.first().Measure }

// Columns are what the curve has of each row of the comparison.
func (r *CurveResult) Columns() []RowColumn {
	of := r.first()
	return append(of.headline(), of.Details()...)
}

// RowsTable is a line for each number of training rows and each row of the comparison.
func (r *CurveResult) RowsTable(f Format) string {
	t := newTable()
	header := table.Row{"system", headerText(f, "training\nrows")}
	columns := r.Columns()
	if f == Terminal { // within 80 columns
		columns = r.first().headline()
	}
	for _, c := range columns {
		header = append(header, headerText(f, c.Header))
	}
	t.AppendHeader(header)
	for i, point := range r.Points {
		if f == Terminal && i > 0 {
			t.AppendSeparator()
		}
		for _, row := range point.Rows {
			title := row.TitleWithChoice()
			if f == Terminal {
				title = text.WrapSoft(title, nameWidth)
			}
			cells := table.Row{title, r.Record.Points[i].TrainRows}
			for _, c := range columns {
				cells = append(cells, c.Cell(row))
			}
			t.AppendRow(cells)
		}
	}
	return render(t, f)
}

// ComparisonsTable is a line for each comparison at each number of training rows.
func (r *CurveResult) ComparisonsTable(f Format) string {
	if len(r.Comparisons) == 0 {
		return "No pair of rows to compare is finished yet."
	}
	t := newTable()
	header := table.Row{"system", "against", "training rows"}
	if f == Terminal { // within 80 columns
		header = table.Row{"system and reference", "rows"}
	}
	for _, name := range comparisonColumns(r.Measure()) {
		header = append(header, headerText(f, name))
	}
	t.AppendHeader(header)
	for i, c := range r.Comparisons {
		if f == Terminal && i > 0 && r.Comparisons[i-1].TrainRows != c.TrainRows {
			t.AppendSeparator()
		}
		line := table.Row{c.Row, c.Against, c.TrainRows}
		if f == Terminal {
			line = table.Row{text.WrapHard(c.Row, rivalWidth) + "\nagainst " + text.WrapHard(c.Against, rivalWidth-len("against ")), c.TrainRows}
		}
		t.AppendRow(append(line, c.Cells(r.Measure())...))
	}
	return render(t, f)
}

// ComparisonsCaption says what the p-values are.
func (r *CurveResult) ComparisonsCaption() string {
	all := Result{}
	for _, c := range r.Comparisons {
		all.Comparisons = append(all.Comparisons, c.Comparison)
	}
	return all.ComparisonsCaption()
}
