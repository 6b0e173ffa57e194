package report

import (
	"fmt"
	"unicode/utf8"
)

// letterWidth is about what a letter of a name takes, in SVG units.
const letterWidth = 6.6

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
	nameWidth := 40.0
	for _, e := range estimates {
		nameWidth = max(nameWidth, 24+letterWidth*float64(utf8.RuneCountInString(e.name)))
	}
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
	x := scale{from: low - margin, to: high + margin, start: nameWidth, end: width - right}
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
		b.text(nameWidth-12, at+4, "name end", e.name)
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
