package ringbench

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table renders rows for a person: milliseconds with their least and most over the
// rounds, shares in percent. It ends without a newline.
func Table(rows []Row) string {
	withPeer := false
	for _, r := range rows {
		withPeer = withPeer || r.PeerSeconds > 0
	}
	header := table.Row{"workers", "floats", "wire", "topology", "ms", "min–max", "GB/s", "of bound", "CPU ms"}
	if withPeer {
		header = append(header, "peer ms", "peer GB/s", "ratio", "min–max")
	}
	w := table.NewWriter()
	w.AppendHeader(header)
	for _, r := range rows {
		cells := table.Row{
			r.Workers, sizeText(r.Floats), r.Wire, r.Topology, milliseconds(r.Seconds),
			milliseconds(r.SecondsMin) + "–" + milliseconds(r.SecondsMax),
			fmt.Sprintf("%.3f", r.GBps), fmt.Sprintf("%.0f%%", 100*r.RingBoundShare), milliseconds(r.CPUSeconds),
		}
		if withPeer {
			cells = append(cells, milliseconds(r.PeerSeconds), fmt.Sprintf("%.3f", r.PeerGBps),
				fmt.Sprintf("%.2f", r.Ratio), fmt.Sprintf("%.2f–%.2f", r.RatioMin, r.RatioMax))
		}
		w.AppendRow(cells)
	}
	var right []table.ColumnConfig
	for column := range header {
		if column != 2 && column != 3 {
			right = append(right, table.ColumnConfig{Number: column + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	w.SetColumnConfigs(right)
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	return w.Render()
}

// milliseconds has three digits that count, or more.
func milliseconds(seconds float64) string {
	ms := 1000 * seconds
	switch {
	case ms >= 100:
		return fmt.Sprintf("%.0f", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f", ms)
	case ms >= 1:
		return fmt.Sprintf("%.2f", ms)
	}
	return fmt.Sprintf("%.3f", ms)
}
