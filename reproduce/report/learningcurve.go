package report

import (
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"ringmaster/durable"
	"ringmaster/reproduce"
)

// The size of curve.svg, and of the same in a page.
const (
	curveWidth, curveHeight = 15 * vg.Centimeter, 9 * vg.Centimeter
	pageCurveWidth          = 760
	pageCurveHeight         = 320
)

// apart is the factor between the places of two systems at one number of rows, so that their intervals do not cover
// each other.
const apart = 1.025

// systemColours are told apart with any colour vision: Okabe and Ito, "Color universal design", 2008.
var systemColours = []color.Color{
	color.RGBA{A: 0xFF}, color.RGBA{R: 0xE6, G: 0x9F, A: 0xFF}, color.RGBA{R: 0x56, G: 0xB4, B: 0xE9, A: 0xFF},
	color.RGBA{R: 0xD5, G: 0x5E, A: 0xFF}, color.RGBA{G: 0x9E, B: 0x73, A: 0xFF}, color.RGBA{G: 0x72, B: 0xB2, A: 0xFF}, color.RGBA{R: 0xCC, G: 0x79, B: 0xA7, A: 0xFF},
}

// learned is a system's line in a learning curve.
type learned struct {
	title  string
	points plotter.XYs
	errors plotter.YErrors // the interval's ends, from the points
}

// Len implements plotter.XYer.
func (l learned) Len() int { return len(l.points) }

// XY implements plotter.XYer.
func (l learned) XY(i int) (x, y float64) { return l.points[i].X, l.points[i].Y }

// YError implements plotter.YErrorer.
func (l learned) YError(i int) (low, high float64) { return l.errors[i].Low, l.errors[i].High }

// learnedOf are the systems with their finished points.
func learnedOf(r *reproduce.CurveResult) (all []learned) {
	rows, scale := r.Points[0].Rows, r.Measure().Scale()
	for i, row := range rows {
		l := learned{title: row.Title}
		place := math.Pow(apart, float64(i)-float64(len(rows)-1)/2)
		for k, point := range r.Points {
			for _, at := range point.Rows {
				if at.Name == row.Name && at.Score != nil {
					l.points = append(l.points, plotter.XY{X: place * float64(r.Record.Points[k].TrainRows), Y: scale * *at.Score})
					l.errors = append(l.errors, struct{ Low, High float64 }{scale * (*at.Score - at.Interval.Low), scale * (at.Interval.High - *at.Score)})
				}
			}
		}
		if len(l.points) > 0 {
			all = append(all, l)
		}
	}
	return all
}

// addLearned adds the systems to a plot, in a colour each; add is called with what stands for a system in a legend.
func addLearned(p *plot.Plot, r *reproduce.CurveResult, colour func(i int) color.Color, add func(name string, sample ...plot.Thumbnailer)) error {
	p.X.Scale = plot.LogScale{}
	var ticks plot.ConstantTicks
	for _, point := range r.Record.Points {
		ticks = append(ticks, plot.Tick{Value: float64(point.TrainRows), Label: strconv.Itoa(point.TrainRows)})
	}
	p.X.Tick.Marker = ticks
	for i, l := range learnedOf(r) {
		line, points, err := plotter.NewLinePoints(l)
		if err != nil {
			return err
		}
		bars, err := plotter.NewYErrorBars(l)
		if err != nil {
			return err
		}
		line.Color, line.Width = colour(i), 1.6
		points.Color, points.Shape, points.Radius = colour(i), draw.RingGlyph{}, 2.5
		bars.Color, bars.Width, bars.CapWidth = colour(i), 0.9, 4
		p.Add(bars, line, points)
		add(l.title, line, points)
	}
	first, last := r.Record.Points[0].TrainRows, r.Record.Points[len(r.Record.Points)-1].TrainRows
	p.X.Min, p.X.Max = float64(first)/1.15, float64(last)*1.15
	return nil
}

// CurveFile is the picture in a learning curve's directory.
func CurveFile(dir string) string { return filepath.Join(dir, "curve.svg") }

// DrawCurve draws a learning curve into its directory: the score over the number of training rows, with 95% intervals.
func DrawCurve(dir string, r *reproduce.CurveResult) error {
	p := plot.New()
	p.Title.Text = r.Heading()
	p.X.Label.Text, p.Y.Label.Text = "training rows of "+r.Record.Target, r.Measure().Name()+" on test rows"+r.Measure().In()
	p.Add(plotter.NewGrid())
	p.Legend.Left, p.Legend.Padding, p.Legend.ThumbnailWidth = false, vg.Points(2), vg.Points(24)
	if err := addLearned(p, r, func(i int) color.Color { return systemColours[i%len(systemColours)] }, p.Legend.Add); err != nil {
		return err
	}
	canvas := vgsvg.New(curveWidth, curveHeight)
	p.Draw(draw.New(canvas))
	return durable.WriteFile(CurveFile(dir), 0o644, func(w io.Writer) error {
		_, err := canvas.WriteTo(w)
		return err
	})
}
