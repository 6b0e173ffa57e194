package recovery

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table shows a distribution to a person; in Markdown it is what docs/reliability.md holds.
func Table(rows []Row, markdown bool) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"fault", "rounds", "median s", "90% s", "worst s", "stall median s", "stall worst s"})
	for _, r := range rows {
		t.AppendRow(table.Row{r.Kind, r.Count, seconds(r.Median), seconds(r.P90), seconds(r.Worst), seconds(r.Stalled.Median), seconds(r.Stalled.Worst)})
	}
	var right []table.ColumnConfig
	for column := 2; column <= 7; column++ {
		right = append(right, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	t.Style().Format.Header = text.FormatDefault
	if markdown {
		return t.RenderMarkdown()
	}
	return t.Render()
}

func seconds(s float64) string { return fmt.Sprintf("%.2f", s) }
