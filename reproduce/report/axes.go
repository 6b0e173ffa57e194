package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The inks of axes.
var (
	soft = ink{class: "tick"}
	rule = ink{class: "grid"}
	axis = ink{class: "axis"}
)

// tickSize is the size of an axis's text.
const tickSize = 11

// newPlot is an empty plot in the page's style: a line below, no other, and the axis's name at
// its end.
func newPlot(xName string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Length, a.Tick.Width, a.Width, a.Padding = 0, 0, 0, 0
		a.Tick.Label.Font, a.Tick.Label.Color = sans(tickSize), soft
		a.Tick.Marker = roundTicks{}
		a.Color = axis
	}
	p.X.Width, p.X.Padding, p.Y.Padding = 1, 4, 4
	p.X.Tick.Length, p.X.Tick.Width, p.X.Tick.Color = 3, 1, axis
	p.X.Label.Text, p.X.Label.Position = xName, draw.PosRight
	p.X.Label.TextStyle.Font, p.X.Label.TextStyle.Color = sans(tickSize), soft
	return p
}

// sans is the page's font, as far as plot knows one.
func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// grid has lines over the plot, or up it.
func grid(horizontal, vertical bool) *plotter.Grid {
	g := &plotter.Grid{}
	if horizontal {
		g.Horizontal = draw.LineStyle{Color: rule, Width: 1}
	}
	if vertical {
		g.Vertical = draw.LineStyle{Color: rule, Width: 1}
	}
	return g
}

// roundTicks marks five to ten places of an axis at round numbers.
type roundTicks struct {
	whole bool // only whole numbers
}

// Ticks implements plot.Ticker.
func (r roundTicks) Ticks(from, to float64) (all []plot.Tick) {
	rough := (to - from) / 5
	step := math.Pow(10, math.Floor(math.Log10(rough)))
	decimals := max(0, int(-math.Floor(math.Log10(rough))))
	for _, by := range []float64{5, 2} {
		if step*by <= rough {
			step *= by
			break
		}
	}
	if r.whole && step < 1 {
		step, decimals = 1, 0
	}
	for k := math.Ceil(from/step - 1e-9); k*step <= to+1e-9*step; k++ {
		all = append(all, plot.Tick{Value: k * step, Label: fmt.Sprintf("%.*f", decimals, k*step+0)})
	}
	return all
}
