package comparison

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table renders rows for a person; unit is what Seconds are of: step or job. It ends without a newline.
func Table(rows []Row, unit string) string {
	withPeer, withEfficiency := false, false
	for _, r := range rows {
		withPeer = withPeer || r.Ratio != nil
		withEfficiency = withEfficiency || r.Efficiency > 0 && r.Workers > 1
	}
	header := table.Row{"", "workers", "s a " + unit, "min–max", "examples/s", "tokens/s", "peak MB", "CPU s a step", "MFU"}
	if withEfficiency {
		header = append(header, "efficiency")
	}
	if withPeer {
		header = append(header, "ours/peer", "min–max")
	}
	w := table.NewWriter()
	w.AppendHeader(header)
	for i, r := range rows {
		if i > 0 && rows[i-1].Workers != r.Workers {
			w.AppendSeparator()
		}
		cells := table.Row{
			r.Side, r.Workers, digits(r.Seconds.Median), digits(r.Seconds.Min) + "–" + digits(r.Seconds.Max),
			digits(r.ExamplesPerSecond), fmt.Sprintf("%.0f", r.TokensPerSecond), fmt.Sprintf("%.0f", float64(r.PeakBytes)/1e6),
			digits(r.CPUSeconds), fmt.Sprintf("%.1f%%", 100*r.PeakShare),
		}
		if withEfficiency {
			cells = append(cells, efficiency(r))
		}
		if withPeer {
			cells = append(cells, ratio(r)...)
		}
		w.AppendRow(cells)
	}
	right := make([]table.ColumnConfig, 0, len(header))
	for column := 2; column <= len(header); column++ {
		right = append(right, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(right)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader, style.Options.SeparateRows = true, false
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	return w.Render()
}

func efficiency(r Row) string {
	if r.Efficiency == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", r.Efficiency)
}

func ratio(r Row) []any {
	if r.Ratio == nil {
		return []any{"", ""}
	}
	return []any{fmt.Sprintf("%.2f", r.Ratio.Median), fmt.Sprintf("%.2f–%.2f", r.Ratio.Min, r.Ratio.Max)}
}

// digits has three digits that count, or more.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
