package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
)

// The size of a chart's drawing, in SVG units.
const chartWidth, chartHeight = 520, 230

// Series is a line of a chart.
type Series struct {
	Name   string
	Points []Point
}

// Point is a place in a chart.
type Point struct{ X, Y float64 }

// palette is how many colours the style sheet has; more series begin anew.
const palette = 7

// lines draws series over a common axis. floor, when not NaN, is where the y axis begins.
func lines(title, xName string, floor float64, series []Series) Chart {
	c := Chart{Title: title}
	p := newPlot(xName)
	p.Add(grid(true, false))
	last := 0.0
	for i, s := range series {
		points := make(plotter.XYs, len(s.Points))
		for k, at := range s.Points {
			points[k] = plotter.XY{X: at.X, Y: at.Y}
			last = max(last, at.X)
		}
		line := &plotter.Line{XYs: points}
		line.Color, line.Width = ink{fmt.Sprintf("line c%d", i%palette), s.Name}, 1.8
		p.Add(line)
		if len(series) > 1 {
			c.Legend = append(c.Legend, s.Name)
		}
	}
	low, high := p.Y.Min, p.Y.Max
	if math.IsInf(low, 0) {
		return c
	}
	if !math.IsNaN(floor) {
		low = min(floor, low)
	}
	if high == low {
		high = low + 1
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, max(last, 1), low, high
	p.X.Tick.Marker = roundTicks{whole: true}
	c.SVG, c.Numbers = svg(p, chartWidth, chartHeight, title), inNumbers(xName, series)
	return c
}

// inNumbers is a chart at its beginning, its end, and three places between.
func inNumbers(xName string, series []Series) Table {
	t := Table{Header: []string{xName}}
	places := 5
	for _, s := range series {
		places = min(places, len(s.Points))
	}
	for _, s := range series {
		row := []string{s.Name}
		for k := range places {
			p := s.Points[0]
			if places > 1 {
				p = s.Points[k*(len(s.Points)-1)/(places-1)]
			}
			if len(t.Rows) == 0 {
				t.Header = append(t.Header, fmt.Sprintf("%.0f", p.X))
			}
			row = append(row, fmt.Sprintf("%.3f", p.Y))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
