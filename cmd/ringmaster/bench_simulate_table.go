package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ringmaster/allreduce/simulate"
)

// timeTable has the results of a sweep, with and without the CPU cost of messages; equal rows
// are of the same network.
type timeTable struct {
	sweep        simulate.Sweep
	whole, links []simulate.Row
}

// text is the table for a person.
func (t timeTable) text() string {
	w := table.NewWriter()
	w.AppendHeader(table.Row{"parameters", "Gbit/s", "workers", "bound", "ring", "of bound", "by node", "hierarchical", "ring", "by node", "hierarchical"})
	previous := 0.0
	for i, r := range t.whole {
		if r.Bandwidth != previous && i > 0 {
			w.AppendSeparator()
		}
		previous = r.Bandwidth
		l := t.links[i].Seconds
		w.AppendRow(table.Row{
			shortCount(r.Elements), gbitOf(r), r.Workers, shortSeconds(r.Bound),
			shortSeconds(r.Seconds.Ring), fmt.Sprintf("%.0f%%", 100*r.Bound/r.Seconds.Ring), shortSeconds(r.Seconds.RingByNode), shortSeconds(r.Seconds.Hierarchical),
			shortSeconds(l.Ring), shortSeconds(l.RingByNode), shortSeconds(l.Hierarchical),
		})
	}
	columns := []table.ColumnConfig{}
	for column := 1; column <= 11; column++ {
		columns = append(columns, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(columns)
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.Style().Options.DrawBorder = false
	w.Style().Options.SeparateColumns = false
	c, stripes := t.sweep.Cost, ""
	if t.sweep.Stripes > 1 {
		stripes = fmt.Sprintf(" over %d stripes", t.sweep.Stripes)
	}
	return fmt.Sprintf("seconds per all-reduce%s; first ring, by node and hierarchical: with a CPU cost of %.4g µs per message\n"+
		"and %.4g ns per byte; last three columns: links alone, without CPU cost\n\n%s", stripes, c.Message*1e6, c.Byte*1e9, w.Render())
}

func (t timeTable) writeJSON(to io.Writer) error {
	type times struct {
		Ring         float64 `json:"ring_seconds"`
		RingByNode   float64 `json:"ring_by_node_seconds,omitempty"`
		Hierarchical float64 `json:"hierarchical_seconds,omitempty"`
	}
	type row struct {
		Parameters int     `json:"parameters"`
		Gbit       float64 `json:"gbit"`
		Delay      float64 `json:"delay_seconds"`
		Workers    int     `json:"workers"`
		Group      int     `json:"group"`
		Stripes    int     `json:"stripes"`
		Bound      float64 `json:"bound_seconds"`
		times
		Links times `json:"links_alone"`
	}
	rows := []row{}
	for i, r := range t.whole {
		rows = append(rows, row{
			Parameters: r.Elements, Gbit: gbitOf(r), Delay: t.sweep.Delay, Workers: r.Workers, Group: t.sweep.Group, Stripes: t.sweep.Stripes,
			Bound: r.Bound, times: times(r.Seconds), Links: times(t.links[i].Seconds),
		})
	}
	return json.NewEncoder(to).Encode(rows)
}

func gbitOf(r simulate.Row) float64 { return r.Bandwidth * 8 / 1e9 }

func shortCount(n int) string {
	if n >= 1e6 {
		return fmt.Sprintf("%.4gM", float64(n)/1e6)
	}
	return fmt.Sprintf("%.4gK", float64(n)/1e3)
}

// shortSeconds formats with three digits; 0, for no value, is empty.
func shortSeconds(s float64) string {
	switch {
	case s == 0:
		return ""
	case s >= 100:
		return fmt.Sprintf("%.0f", s)
	case s >= 10:
		return fmt.Sprintf("%.1f", s)
	case s >= 1:
		return fmt.Sprintf("%.2f", s)
	case s >= 0.1:
		return fmt.Sprintf("%.3f", s)
	}
	return fmt.Sprintf("%.2g", s)
}
