package reproduce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ringmaster/config"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/statistics"
)

// RowColumn is a column of the rows' table: its header, broken where a terminal wants it
// narrow, and what it has of a row.
type RowColumn struct {
	Header string
	Cell   func(RowResult) string
}

// headline are the columns that answer which system is better.
func (r *Result) headline() []RowColumn {
	columns := []RowColumn{
		{r.Record.Units(), func(row RowResult) string { return fmt.Sprintf("%d/%d", row.Seeds, len(r.Record.Seeds)) }},
		{twoLines(r.Measure.Name()), func(row RowResult) string { return r.Measure.Shown(row.Score) }},
		{"±\n" + r.Record.Units(), func(row RowResult) string { return r.Measure.Shown(row.Deviation) }},
		{"95%\ninterval", func(row RowResult) string { return r.Measure.interval(row.Interval) }},
	}
	if len(r.published) > 0 {
		columns = append(columns, RowColumn{"paper's\nF1", func(row RowResult) string { return percent(row.Published) }})
	}
	return columns
}

// Details are the columns beside: the other scores of the target's kind, and the measure on validation rows.
func (r *Result) Details() []RowColumn {
	columns := append(r.beside(), RowColumn{r.Measure.Name() + ",\nvalid", func(row RowResult) string { return r.Measure.Shown(row.Valid) }})
	for _, f := range r.published {
		if f.Precision != nil {
			return append(columns,
				RowColumn{"paper's\nP", func(row RowResult) string { return percent(row.PublishedPrecision) }},
				RowColumn{"paper's\nR", func(row RowResult) string { return percent(row.PublishedRecall) }})
		}
	}
	return columns
}

// beside are the scores beside the measure that the target's kind has; before any run is finished, those of classes.
func (r *Result) beside() []RowColumn {
	numbers := []struct {
		header string
		of     func(RowResult) *float64
		show   func(*float64) string
	}{
		{"F1", func(row RowResult) *float64 { return row.F1 }, percent},
		{"precision", func(row RowResult) *float64 { return row.Precision }, percent},
		{"recall", func(row RowResult) *float64 { return row.Recall }, percent},
		{"accuracy", func(row RowResult) *float64 { return row.Accuracy }, percent},
		{"macro\nF1", func(row RowResult) *float64 { return row.MacroF1 }, percent},
		{"Spearman's\nρ", func(row RowResult) *float64 { return row.Spearman }, plain},
		{"RMSE", func(row RowResult) *float64 { return row.RMSE }, plain},
		{"MAE", func(row RowResult) *float64 { return row.MAE }, plain},
	}
	var columns []RowColumn
	for _, n := range numbers {
		has := slices.ContainsFunc(r.Rows, func(row RowResult) bool { return n.of(row) != nil })
		classes := r.Finished == 0 && slices.Contains([]string{"precision", "recall", "accuracy"}, n.header)
		if n.header == "F1" && r.Measure != kappa || !has && !classes { // of other measures F1 is the measure itself
			continue
		}
		columns = append(columns, RowColumn{n.header, func(row RowResult) string { return n.show(n.of(row)) }})
	}
	return columns
}

// kappa is the measure of ordered classes, beside which F1 is told too.
var kappa = measureOf(config.KindOrdered)

func plain(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *x)
}

// twoLines breaks a header of two words.
func twoLines(header string) string { return strings.Replace(header, " ", "\n", 1) }

// RowsTable is a line a row. On a terminal it is two tables, each within 80 columns.
func (r *Result) RowsTable(f Format) string {
	if f == Markdown {
		return r.rowsTable(f, append(r.headline(), r.Details()...))
	}
	return r.rowsTable(f, r.headline()) + "\n\n" + r.rowsTable(f, r.Details())
}

func (r *Result) rowsTable(f Format, columns []RowColumn) string {
	t := newTable()
	header := table.Row{"system"}
	for _, c := range columns {
		header = append(header, headerText(f, c.Header))
	}
	t.AppendHeader(header)
	var family experiments.Family
	line := func(title string, row RowResult) {
		if f == Terminal {
			title = text.WrapSoft(title, nameWidth)
		}
		cells := table.Row{title}
		for _, c := range columns {
			cells = append(cells, c.Cell(row))
		}
		t.AppendRow(cells)
	}
	for _, row := range r.Rows {
		if f == Terminal && family != "" && row.Family != family {
			t.AppendSeparator()
		}
		family = row.Family
		line(row.TitleWithChoice(), row)
	}
	for _, s := range r.Record.Skipped {
		row := RowResult{}
		row.publish(r.published[s.Row])
		line(s.Row+" (left out)", row)
	}
	return render(t, f)
}

// headerText is a header, whose lines are one in Markdown.
func headerText(f Format, header string) string {
	if f == Markdown {
		return strings.ReplaceAll(header, "\n", " ")
	}
	return header
}

func (m Measure) interval(i *statistics.Interval) string {
	if i == nil {
		return "–"
	}
	return m.Shown(&i.Low) + " to " + m.Shown(&i.High)
}

// TitleWithChoice is the row's title, with the numbers that were chosen where there was a
// choice.
func (r RowResult) TitleWithChoice() string {
	switch {
	case r.Tried < 2:
		return r.Title
	case r.Undecided:
		return fmt.Sprintf("%s (first of %d choices, not decided yet)", r.Title, r.Tried)
	}
	return fmt.Sprintf("%s (%s, best of %d)", r.Title, ChoiceText(r.Choice), r.Tried)
}
