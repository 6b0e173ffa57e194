package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"ringmaster/screen"
)

// curveTable is a measured curve: the first column is what grows, lines are the columns that are
// drawn against it.
type curveTable struct {
	title, y string
	columns  []string
	lines    []int
	rows     [][]float64
}

// text is the table for a person.
func (t curveTable) text() string {
	w := screen.Table{Header: t.columns}
	for _, row := range t.rows {
		var cells []string
		for _, x := range row {
			cells = append(cells, measured(x))
		}
		w.Rows = append(w.Rows, cells)
	}
	return w.Render(0)
}

// measured has three digits that count, and all of a number above a thousand.
func measured(x float64) string {
	if x >= 100 || x == float64(int64(x)) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// write writes the curve to place.csv and place.svg.
func (t curveTable) write(place string) error {
	if err := writeFile(place+".csv", t.csv); err != nil {
		return err
	}
	return writeFile(place+".svg", t.svg)
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (t curveTable) csv(to io.Writer) error {
	w := csv.NewWriter(to)
	lines := [][]string{t.columns}
	for _, row := range t.rows {
		var cells []string
		for _, x := range row {
			cells = append(cells, strconv.FormatFloat(x, 'g', 6, 64))
		}
		lines = append(lines, cells)
	}
	return w.WriteAll(lines)
}

// svg draws the lines, both axes logarithmic. What is 0 was not measured, and has no point.
func (t curveTable) svg(to io.Writer) error {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = t.columns[0], t.y
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	for i, column := range t.lines {
		var points plotter.XYs
		for _, row := range t.rows {
			if row[column] > 0 {
				points = append(points, plotter.XY{X: row[0], Y: row[column]})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		colour := bandwidthColours[i%len(bandwidthColours)]
		line.Color, dots.Color, dots.Shape = colour, colour, draw.CircleGlyph{}
		line.Width, dots.Radius = vg.Points(1.4), vg.Points(2)
		p.Add(line, dots)
		p.Legend.Add(t.columns[column], line, dots)
	}
	if p.X.Min == p.X.Max { // one size: a logarithmic axis needs some width
		p.X.Min, p.X.Max = p.X.Min/2, p.X.Max*2
	}
	if p.Y.Min == p.Y.Max {
		p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2
	}
	picture, err := p.WriterTo(5*vg.Inch, 3.6*vg.Inch, "svg")
	if err != nil {
		return err
	}
	_, err = picture.WriteTo(to)
	return err
}
