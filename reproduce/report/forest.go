package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	forestWidth, rowHeight = 760, 26
	nameSize               = 12.5
	// mostNames is the share of the drawing that names may take; longer ones are smaller.
	mostNames = 0.55
)

// estimate is a number with its interval, as forest draws it.
type estimate struct {
	name           string
	low, mid, high float64
	dots           []float64 // single seeds
	mark           *float64  // the paper's number
}

// forest draws estimates under each other on one axis. zero draws a line at 0, for
// differences.
func forest(title, axisName string, zero bool, estimates []estimate) Chart {
	c := Chart{Title: title, Numbers: Table{Header: []string{"system", "low", axisName, "high"}}}
	if len(estimates) == 0 {
		return c
	}
	low, high := estimates[0].low, estimates[0].high
	if zero {
		low, high = min(low, 0), max(high, 0)
	}
	size, face := vg.Length(nameSize), font.DefaultCache.Lookup(sans(nameSize), nameSize)
	var names plot.ConstantTicks
	for i, e := range estimates {
		low, high = min(low, e.low), max(high, e.high)
		for _, d := range e.dots {
			low, high = min(low, d), max(high, d)
		}
		if e.mark != nil {
			low, high = min(low, *e.mark), max(high, *e.mark)
		}
		size = min(size, nameSize*mostNames*forestWidth/face.Width(e.name))
		names = append(names, plot.Tick{Value: -float64(i), Label: e.name})
		c.Numbers.Rows = append(c.Numbers.Rows, []string{e.name, fmt.Sprintf("%.1f", e.low), fmt.Sprintf("%.1f", e.mid), fmt.Sprintf("%.1f", e.high)})
	}
	p := newPlot(axisName)
	margin := 0.04*(high-low) + 0.1
	p.X.Min, p.X.Max = low-margin, high+margin
	p.Y.Min, p.Y.Max = 0.5-float64(len(estimates)), 0.5
	p.Y.Tick.Marker, p.Y.Padding = names, 12
	p.Y.Tick.Label.Font, p.Y.Tick.Label.Color = sans(size), ink{class: "name"}
	p.Add(grid(false, true), forestRows{estimates, zero})
	c.SVG = svg(p, forestWidth, rowHeight*vg.Length(len(estimates))+36, title)
	return c
}

// forestRows draws each estimate's interval with what lies on it.
type forestRows struct {
	estimates []estimate
	zero      bool
}

// Plot implements plot.Plotter.
func (r forestRows) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if r.zero {
		c.StrokeLine2(draw.LineStyle{Color: axis, Width: 1}, x(0), c.Min.Y, x(0), c.Max.Y)
	}
	glyph := func(at float64, row vg.Length, radius vg.Length, shape draw.GlyphDrawer, class, title string) {
		c.DrawGlyph(draw.GlyphStyle{Color: ink{class, title}, Radius: radius, Shape: shape}, vg.Point{X: x(at), Y: row})
	}
	for i, e := range r.estimates {
		row := y(-float64(i))
		c.StrokeLine2(draw.LineStyle{Color: ink{class: "interval"}, Width: 3}, x(e.low), row, x(e.high), row)
		for _, d := range e.dots {
			glyph(d, row, 3, draw.RingGlyph{}, "dot", "")
		}
		if e.mark != nil {
			glyph(*e.mark, row, 5, diamond{}, "mark", fmt.Sprintf("the paper's: %.1f", *e.mark))
		}
		glyph(e.mid, row, 5, draw.CircleGlyph{}, "mid", fmt.Sprintf("%.1f (%.1f to %.1f)", e.mid, e.low, e.high))
	}
}

// diamond is a square on its corner.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	r := style.Radius
	var path vg.Path
	path.Move(vg.Point{X: at.X, Y: at.Y + r})
	path.Line(vg.Point{X: at.X + r, Y: at.Y})
	path.Line(vg.Point{X: at.X, Y: at.Y - r})
	path.Line(vg.Point{X: at.X - r, Y: at.Y})
	path.Close()
	c.Fill(path)
}
