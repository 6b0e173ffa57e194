package main

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"ringmaster/allreduce/simulate"
)

// bandwidthColours are told apart with any colour vision: Okabe and Ito, "Color universal
// design", 2008.
var bandwidthColours = []color.Color{
	color.RGBA{R: 0xD5, G: 0x5E, A: 0xFF}, color.RGBA{G: 0x72, B: 0xB2, A: 0xFF}, color.RGBA{G: 0x9E, B: 0x73, A: 0xFF},
	color.RGBA{R: 0xCC, G: 0x79, B: 0xA7, A: 0xFF}, color.RGBA{R: 0xE6, G: 0x9F, A: 0xFF}, color.RGBA{R: 0x56, G: 0xB4, B: 0xE9, A: 0xFF},
}

// plotFormats are the files that can be drawn.
var plotFormats = []string{".svg", ".png", ".pdf"}

// legendRoom is the factor by which the axis of a panel with a legend extends beyond its data.
const legendRoom = 12

// plot draws seconds over workers: a column of panels for each length of the vector, the
// upper row with CPU cost, the lower one of the links alone.
func (t timeTable) plot(file string) error {
	elements := t.sweep.Elements
	panels := make([][]*plot.Plot, 2)
	for row, part := range []struct {
		name string
		rows []simulate.Row
	}{{"with CPU cost", t.whole}, {"links alone", t.links}} {
		for _, n := range elements {
			p, err := t.panel(part.rows, n, row == 0)
			if err != nil {
				return err
			}
			p.Title.Text = fmt.Sprintf("%s parameters, %s", shortCount(n), part.name)
			panels[row] = append(panels[row], p)
		}
	}
	width, height := vg.Length(len(elements))*4.6*vg.Inch, 7.6*vg.Inch
	format := strings.TrimPrefix(filepath.Ext(file), ".")
	canvas, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return err
	}
	tiles := draw.Tiles{Rows: 2, Cols: len(elements), PadX: 5 * vg.Millimeter, PadY: 6 * vg.Millimeter,
		PadTop: 2 * vg.Millimeter, PadBottom: 2 * vg.Millimeter, PadLeft: 2 * vg.Millimeter, PadRight: 4 * vg.Millimeter}
	for row, canvases := range plot.Align(panels, tiles, draw.New(canvas)) {
		for column, c := range canvases {
			panels[row][column].Draw(c)
		}
	}
	return writeFile(file, func(to io.Writer) error {
		_, err := canvas.WriteTo(to)
		return err
	})
}

// panel has two lines for each bandwidth: the ring, and dashed the hierarchical ring.
func (t timeTable) panel(rows []simulate.Row, elements int, legend bool) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "workers", "seconds of one all-reduce"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = workerTicks(t.sweep.Workers), plot.LogTicks{Prec: -1}
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.XOffs, p.Legend.Padding = true, -vg.Millimeter, vg.Points(1)
	p.Legend.TextStyle.Font.Size = vg.Points(10)
	explain := func(name string, sample ...plot.Thumbnailer) {
		if legend {
			p.Legend.Add(name, sample...)
		}
	}
	for i, bandwidth := range t.sweep.Bandwidths {
		var ring, hierarchical plotter.XYs
		for _, r := range rows {
			if r.Elements != elements || r.Bandwidth != bandwidth {
				continue
			}
			ring = append(ring, plotter.XY{X: float64(r.Workers), Y: r.Seconds.Ring})
			if r.Seconds.Hierarchical > 0 {
				hierarchical = append(hierarchical, plotter.XY{X: float64(r.Workers), Y: r.Seconds.Hierarchical})
			}
		}
		colour := bandwidthColours[i%len(bandwidthColours)]
		line, points, err := plotter.NewLinePoints(ring)
		if err != nil {
			return nil, err
		}
		line.Color, points.Color, points.Shape = colour, colour, draw.CircleGlyph{}
		line.Width, points.Radius = vg.Points(1.4), vg.Points(2)
		p.Add(line, points)
		explain(strconv.FormatFloat(bandwidth*8/1e9, 'g', 4, 64)+" Gbit/s", line, points)
		if len(hierarchical) == 0 {
			continue
		}
		dashed, err := plotter.NewLine(hierarchical)
		if err != nil {
			return nil, err
		}
		dashed.Color, dashed.Width, dashed.Dashes = colour, vg.Points(1.4), []vg.Length{vg.Points(5), vg.Points(3)}
		p.Add(dashed)
		if i == len(t.sweep.Bandwidths)-1 {
			sample := *dashed
			sample.Color = color.Black
			explain(fmt.Sprintf("hierarchical, %d per node", t.sweep.Group), &sample)
		}
	}
	if legend {
		p.Y.Max *= legendRoom
	}
	return p, nil
}

// workerTicks marks each number of workers, and labels it.
func workerTicks(workers []int) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, n := range slices.Sorted(slices.Values(workers)) {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: strconv.Itoa(n)})
	}
	return ticks
}
