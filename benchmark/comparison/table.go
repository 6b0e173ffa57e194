package comparison

import (
	"fmt"
	"strconv"

	"ringmaster/screen"
)

// Table renders rows for a person; unit is what Seconds are of: step or job. It ends without a newline.
func Table(rows []Row, unit string) string {
	withPeer, withEfficiency := false, false
	for _, r := range rows {
		withPeer = withPeer || r.Ratio != nil
		withEfficiency = withEfficiency || r.Efficiency > 0 && r.Workers > 1
	}
	t := screen.Table{
		Header: []string{"", "workers", "s a " + unit, "min–max", "examples/s", "tokens/s", "peak MB", "CPU s a step", "MFU"},
		Texts:  []int{0},
	}
	if withEfficiency {
		t.Header = append(t.Header, "efficiency")
	}
	if withPeer {
		t.Header = append(t.Header, "ours/peer", "min–max")
	}
	for i, r := range rows {
		if i > 0 && rows[i-1].Workers != r.Workers {
			t.Rules = append(t.Rules, i)
		}
		cells := []string{
			r.Side, strconv.Itoa(r.Workers), digits(r.Seconds.Median), digits(r.Seconds.Min) + "–" + digits(r.Seconds.Max),
			digits(r.ExamplesPerSecond), fmt.Sprintf("%.0f", r.TokensPerSecond), fmt.Sprintf("%.0f", float64(r.PeakBytes)/1e6),
			digits(r.CPUSeconds), fmt.Sprintf("%.1f%%", 100*r.PeakShare),
		}
		if withEfficiency {
			cells = append(cells, efficiency(r))
		}
		if withPeer {
			cells = append(cells, ratio(r)...)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t.Render(0)
}

func efficiency(r Row) string {
	if r.Efficiency == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", r.Efficiency)
}

func ratio(r Row) []string {
	if r.Ratio == nil {
		return []string{"", ""}
	}
	return []string{fmt.Sprintf("%.2f", r.Ratio.Median), fmt.Sprintf("%.2f–%.2f", r.Ratio.Min, r.Ratio.Max)}
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
