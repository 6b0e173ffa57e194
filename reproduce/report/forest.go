package report

import (
	"fmt"
	"html/template"
	"unicode/utf8"
)

// letterWidth is what a letter of a name takes at most on average, in SVG units, in the fonts
// that the page may be shown in; what is wider all the same is drawn in the room that there is.
const letterWidth = 8.4

// mostNames is the share of the drawing that names may take.
const mostNames = 0.55

// nameWidth is the room that the names of estimates need, as far as there is room.
func nameWidth(estimates []estimate, width float64) float64 {
	room := 40.0
	for _, e := range estimates {
		room = max(room, nameMargin+letterWidth*float64(utf8.RuneCountInString(e.name)))
	}
	return min(room, mostNames*width)
}

// nameMargin is what stands beside a name, on both sides.
const nameMargin = 24.0

// name writes a name that ends at x, in at most so much room.
func (d *drawing) name(x, y, room float64, name string) {
	if letterWidth*float64(utf8.RuneCountInString(name)) <= room {
		d.text(x, y, "name end", name)
		return
	}
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" class="name end" textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>`,
		x, y, room, template.HTMLEscapeString(name))
}

// estimate is a number with its interval, as forest draws it.
type estimate struct {
	name           string
	low, mid, high float64
	dots           []float64 // single seeds
	mark           *float64  // the paper's number
}

// forest draws estimates under each other on one axis. zero draws a line at 0, for
// differences.
func forest(title, axis string, zero bool, estimates []estimate) Chart {
	const rowHeight, width = 26.0, 760.0
	c := Chart{Title: title, Numbers: Table{Header: []string{"system", "low", axis, "high"}}}
	if len(estimates) == 0 {
		return c
	}
	names := nameWidth(estimates, width)
	low, high := estimates[0].low, estimates[0].high
	if zero {
		low, high = min(low, 0), max(high, 0)
	}
	for _, e := range estimates {
		low, high = min(low, e.low), max(high, e.high)
		for _, d := range e.dots {
			low, high = min(low, d), max(high, d)
		}
		if e.mark != nil {
			low, high = min(low, *e.mark), max(high, *e.mark)
		}
		c.Numbers.Rows = append(c.Numbers.Rows, []string{e.name, fmt.Sprintf("%.1f", e.low), fmt.Sprintf("%.1f", e.mid), fmt.Sprintf("%.1f", e.high)})
	}
	margin := 0.04*(high-low) + 0.1
	height := top + rowHeight*float64(len(estimates)) + bottom
	x := scale{from: low - margin, to: high + margin, start: names, end: width - right}
	y := scale{start: height - bottom, end: top}
	b := newDrawing(width, height, title)
	for _, t := range x.ticks() {
		b.line(x.at(t.value), y.end, x.at(t.value), y.start, "grid")
	}
	if zero {
		b.line(x.at(0), y.end, x.at(0), y.start, "axis")
	}
	b.xAxis(x, y, axis)
	for i, e := range estimates {
		at := top + rowHeight*(float64(i)+0.5)
		b.name(names-nameMargin/2, at+4, names-nameMargin, e.name)
		b.line(x.at(e.low), at, x.at(e.high), at, "interval")
		for _, d := range e.dots {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" class="dot"/>`, x.at(d), at)
		}
		if e.mark != nil {
			fmt.Fprintf(b, `<path d="M%.1f %.1fl5 5l-5 5l-5 -5z" class="mark"><title>the paper's: %.1f</title></path>`, x.at(*e.mark), at-5, *e.mark)
		}
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="5" class="mid"><title>%.1f (%.1f to %.1f)</title></circle>`, x.at(e.mid), at, e.mid, e.low, e.high)
	}
	c.SVG = b.end()
	return c
}
