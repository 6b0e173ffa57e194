package report

import (
	"fmt"
	"html/template"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// ink is a colour by its name in the page's style sheet, which has others at night, and what is
// said of what is drawn in it when a pointer is over it.
type ink struct{ class, title string }

// RGBA implements color.Color for what asks; the page never does.
func (ink) RGBA() (r, g, b, a uint32) { return color.Black.RGBA() }

// svg draws a plot as an element of the page. plot's own SVG has fixed colours, no titles, and
// places texts as if the reader had its fonts; so what it draws is recorded and written with
// the style sheet's classes, each text in the width that plot has counted on.
func svg(p *plot.Plot, width, height vg.Length, label string) template.HTML {
	record := &recorder.Canvas{}
	p.Draw(draw.NewCanvas(record, width, height))
	w := &svgWriter{height: height, color: ink{}}
	fmt.Fprintf(w, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, template.HTMLEscapeString(label))
	for _, action := range record.Actions {
		w.write(action)
	}
	w.WriteString("</svg>")
	return template.HTML(w.String())
}

// svgWriter writes what was recorded; nothing of ours is turned or scaled.
type svgWriter struct {
	strings.Builder
	height vg.Length // an SVG's y grows downwards
	color  ink
	width  vg.Length
}

func (w *svgWriter) write(action recorder.Action) {
	switch a := action.(type) {
	case *recorder.SetColor:
		w.color, _ = a.Color.(ink)
	case *recorder.SetLineWidth:
		w.width = a.Width
	case *recorder.Stroke:
		if w.width > 0 {
			w.path(a.Path, fmt.Sprintf(` fill="none" stroke-width="%.1f"`, w.width))
		}
	case *recorder.Fill:
		w.path(a.Path, "")
	case *recorder.FillString:
		face := font.DefaultCache.Lookup(a.Font, a.Size)
		fmt.Fprintf(w, `<text x="%.1f" y="%.1f" class="%s" font-size="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>`,
			a.Point.X, w.height-a.Point.Y, w.color.class, a.Size, face.Width(a.String), template.HTMLEscapeString(a.String))
	}
}

func (w *svgWriter) path(path vg.Path, attributes string) {
	fmt.Fprintf(w, `<path class="%s"%s d="%s">`, w.color.class, attributes, w.data(path))
	if w.color.title != "" {
		fmt.Fprintf(w, "<title>%s</title>", template.HTMLEscapeString(w.color.title))
	}
	w.WriteString("</path>")
}

// data is a path of lines and circles.
func (w *svgWriter) data(path vg.Path) string {
	var d strings.Builder
	for _, c := range path {
		x, y := c.Pos.X, w.height-c.Pos.Y
		switch c.Type {
		case vg.MoveComp:
			fmt.Fprintf(&d, "M%.1f %.1f", x, y)
		case vg.LineComp:
			fmt.Fprintf(&d, "L%.1f %.1f", x, y)
		case vg.ArcComp: // a whole circle, as two halves, from where the path is
			dx := vg.Length(math.Cos(c.Start)) * c.Radius
			fmt.Fprintf(&d, "M%.1f %.1fA%.1f %.1f 0 0 0 %.1f %.1fA%.1f %.1f 0 0 0 %.1f %.1f",
				x+dx, y, c.Radius, c.Radius, x-dx, y, c.Radius, c.Radius, x+dx, y)
		case vg.CloseComp:
			d.WriteString("Z")
		}
	}
	return d.String()
}
