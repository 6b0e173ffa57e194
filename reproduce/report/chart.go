package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// The size of a chart's drawing, and its margins, in SVG units.
const (
	chartWidth, chartHeight = 520.0, 230.0
	left, right             = 44.0, 10.0
	top, bottom             = 10.0, 26.0
)

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
	low, high := math.Inf(1), math.Inf(-1)
	last := 0.0
	for _, s := range series {
		for _, p := range s.Points {
			low, high, last = min(low, p.Y), max(high, p.Y), max(last, p.X)
		}
		if len(series) > 1 {
			c.Legend = append(c.Legend, s.Name)
		}
	}
	if math.IsInf(low, 0) {
		return c
	}
	if !math.IsNaN(floor) {
		low = min(floor, low)
	}
	if high == low {
		high = low + 1
	}
	x := scale{from: 0, to: max(last, 1), start: left, end: chartWidth - right, whole: true}
	y := scale{from: low, to: high, start: chartHeight - bottom, end: top}
	b := newDrawing(chartWidth, chartHeight, title)
	b.yAxis(y, x)
	b.xAxis(x, y, xName)
	for i, s := range series {
		var path strings.Builder
		for k, p := range s.Points {
			command := "L"
			if k == 0 {
				command = "M"
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", command, x.at(p.X), y.at(p.Y))
		}
		fmt.Fprintf(b, `<path class="line c%d" d="%s"><title>%s</title></path>`, i%palette, path.String(), template.HTMLEscapeString(s.Name))
	}
	c.SVG, c.Numbers = b.end(), inNumbers(xName, series)
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

// scale maps numbers to places in a drawing.
type scale struct {
	from, to, start, end float64
	whole                bool // only whole numbers are labelled
}

func (s scale) at(v float64) float64 {
	return s.start + (v-s.from)/(s.to-s.from)*(s.end-s.start)
}

// tick is a labelled place of an axis.
type tick struct {
	value float64
	label string
}

// ticks are five to ten places of an axis at round numbers.
func (s scale) ticks() (all []tick) {
	rough := (s.to - s.from) / 5
	step := math.Pow(10, math.Floor(math.Log10(rough)))
	decimals := max(0, int(-math.Floor(math.Log10(rough))))
	for _, by := range []float64{5, 2} {
		if step*by <= rough {
			step *= by
			break
		}
	}
	if s.whole && step < 1 {
		step, decimals = 1, 0
	}
	for k := math.Ceil(s.from/step - 1e-9); k*step <= s.to+1e-9*step; k++ {
		all = append(all, tick{k * step, fmt.Sprintf("%.*f", decimals, k*step+0)})
	}
	return all
}

// drawing is an SVG element being written.
type drawing struct{ strings.Builder }

func newDrawing(width, height float64, title string) *drawing {
	d := &drawing{}
	fmt.Fprintf(d, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, template.HTMLEscapeString(title))
	return d
}

func (d *drawing) text(x, y float64, class, text string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" class="%s">%s</text>`, x, y, class, template.HTMLEscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(d, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

func (d *drawing) yAxis(y, x scale) {
	for _, t := range y.ticks() {
		d.line(x.start, y.at(t.value), x.end, y.at(t.value), "grid")
		d.text(x.start-6, y.at(t.value)+4, "tick end", t.label)
	}
}

func (d *drawing) xAxis(x, y scale, name string) {
	d.line(x.start, y.start, x.end, y.start, "axis")
	for _, t := range x.ticks() {
		if x.at(t.value) < x.end-50 { // the axis' name stands there
			d.text(x.at(t.value), y.start+16, "tick middle", t.label)
		}
	}
	d.text(x.end, y.start+16, "tick end", name)
}

func (d *drawing) end() template.HTML {
	d.WriteString("</svg>")
	return template.HTML(d.String())
}
