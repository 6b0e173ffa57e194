package reproduce

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/statistics"
)

// rowColumn is a column of the rows' table: its header, broken where a terminal wants it
// narrow, and what it has of a row.
type rowColumn struct {
	header string
	cell   func(RowResult) string
}

// headline are the columns that answer which system is better.
func (r *Result) headline() []rowColumn {
	columns := []rowColumn{
		{r.Record.units(), func(row RowResult) string { return fmt.Sprintf("%d/%d", row.Seeds, len(r.Record.Seeds)) }},
		{"F1", func(row RowResult) string { return percent(row.F1) }},
		{"±\n" + r.Record.units(), func(row RowResult) string { return percent(row.Deviation) }},
		{"95%\ninterval", func(row RowResult) string { return interval(row.Interval) }},
	}
	if len(r.published) > 0 {
		columns = append(columns, rowColumn{"paper's\nF1", func(row RowResult) string { return percent(row.Published) }})
	}
	return columns
}

// details are the columns beside.
func (r *Result) details() []rowColumn {
	columns := []rowColumn{
		{"precision", func(row RowResult) string { return percent(row.Precision) }},
		{"recall", func(row RowResult) string { return percent(row.Recall) }},
		{"accuracy", func(row RowResult) string { return percent(row.Accuracy) }},
		{"F1,\nvalid", func(row RowResult) string { return percent(row.ValidF1) }},
	}
	for _, f := range r.published {
		if f.Precision != nil {
			return append(columns,
				rowColumn{"paper's\nP", func(row RowResult) string { return percent(row.PublishedPrecision) }},
				rowColumn{"paper's\nR", func(row RowResult) string { return percent(row.PublishedRecall) }})
		}
	}
	return columns
}

// RowsTable is a line a row. On a terminal it is two tables, each within 80 columns.
func (r *Result) RowsTable(f Format) string {
	if f == Markdown {
		return r.rowsTable(f, append(r.headline(), r.details()...))
	}
	return r.rowsTable(f, r.headline()) + "\n\n" + r.rowsTable(f, r.details())
}

func (r *Result) rowsTable(f Format, columns []rowColumn) string {
	t := newTable()
	header := table.Row{"system"}
	for _, c := range columns {
		header = append(header, headerText(f, c.header))
	}
	t.AppendHeader(header)
	var family experiments.Family
	line := func(title string, row RowResult) {
		if f == Terminal {
			title = text.WrapSoft(title, nameWidth)
		}
		cells := table.Row{title}
		for _, c := range columns {
			cells = append(cells, c.cell(row))
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

func interval(i *statistics.Interval) string {
	if i == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f to %.1f", 100*i.Low, 100*i.High)
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
