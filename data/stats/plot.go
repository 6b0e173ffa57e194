package stats

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"ringmaster/durable"
)

const (
	panelWidth  = 11 * vg.Centimeter
	panelHeight = 6.5 * vg.Centimeter
	margin      = 4 * vg.Millimeter
	// classColumns is how many classes stand beside each other.
	classColumns = 2
	bins         = 40
)

// Plot draws how long a corpus's texts are, of all and of each class, as SVG and PNG into
// a folder, and returns the files' paths. Pictures that are there are replaced.
func Plot(dir string, d *Description) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	axis := axisFor(d.All.wordCounts)
	all, err := panel(d.Name+", all classes", d.All, axis)
	if err != nil {
		return nil, err
	}
	var classes [][]*plot.Plot
	for i, t := range d.Classes {
		p, err := panel(d.Name+", "+t.Class, t, axis)
		if err != nil {
			return nil, err
		}
		if i%classColumns == 0 {
			classes = append(classes, make([]*plot.Plot, classColumns))
		}
		classes[i/classColumns][i%classColumns] = p
	}
	files, err := save(filepath.Join(dir, d.Name+"-words"), [][]*plot.Plot{{all}})
	if err != nil {
		return nil, err
	}
	more, err := save(filepath.Join(dir, d.Name+"-words-by-class"), classes)
	return append(files, more...), err
}

// axis is the range of lengths that a picture shows, the same in all panels, so that
// classes can be compared.
type axis struct{ width, end int }

// axisFor shows all lengths, or all but the longest half percent where that would press
// the others together.
func axisFor(sorted []int) axis {
	last := 1
	if len(sorted) > 0 {
		last = max(sorted[len(sorted)-1], 1)
		if most := max(sorted[(len(sorted)*995+999)/1000-1], 1); last > most+most/2 {
			last = most
		}
	}
	width := (last + bins) / bins // of a bin, in words; last itself is inside
	return axis{width: width, end: width * ((last + width) / width)}
}

// wholeNumbers marks an axis at five to ten round lengths.
type wholeNumbers struct{}

// Ticks implements plot.Ticker.
func (wholeNumbers) Ticks(_, end float64) []plot.Tick {
	step := 1
	for i := 0; float64(step)*10 < end; i++ { // 1, 2, 5, 10, 20, …
		step = []int{2, 5, 10}[i%3] * int(math.Pow10(i/3))
	}
	var ticks []plot.Tick
	for n := 0; float64(n) <= end; n += step {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: strconv.Itoa(n)})
	}
	return ticks
}

// panel is the histogram of one group of texts, in percent of them.
func panel(title string, t Texts, a axis) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s: %d texts, median %d", title, t.Words.Texts, t.Words.P50)
	p.Title.Padding = 2 * vg.Millimeter
	p.X.Label.Text = "words per text"
	p.X.Tick.Marker = wholeNumbers{}
	p.Y.Label.Text = "% of texts"
	p.X.Min, p.X.Max, p.Y.Min = 0, float64(a.end), 0
	shares := make(plotter.XYs, a.end/a.width)
	beyond := 0
	for _, n := range t.wordCounts {
		if n >= a.end {
			beyond++
			continue
		}
		shares[n/a.width].Y += 100 / float64(t.Words.Texts)
	}
	if beyond > 0 {
		p.X.Label.Text += fmt.Sprintf(" (%d longer ones, up to %d, not shown)", beyond, t.Words.Max)
	}
	for i := range shares {
		shares[i].X = float64(i * a.width)
	}
	h, err := plotter.NewHistogram(shares, len(shares))
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", title, err)
	}
	// The bins are ours: of whole words, and the same in all panels.
	h.Bins = h.Bins[:0]
	for _, s := range shares {
		h.Bins = append(h.Bins, plotter.HistogramBin{Min: s.X, Max: s.X + float64(a.width), Weight: s.Y})
	}
	h.Width = float64(a.width)
	h.FillColor = color.RGBA{R: 0x6a, G: 0x9f, B: 0xcb, A: 0xff}
	h.LineStyle.Color = color.White
	h.LineStyle.Width = vg.Points(0.4)
	p.Add(plotter.NewGrid(), h)
	if t.Words.Texts > 0 {
		top := 0.0
		for _, s := range shares {
			top = max(top, s.Y)
		}
		p.Y.Max = max(top*1.08, 1)
		median, err := plotter.NewLine(plotter.XYs{{X: float64(t.Words.P50) + 0.5, Y: 0}, {X: float64(t.Words.P50) + 0.5, Y: p.Y.Max}})
		if err != nil {
			return nil, fmt.Errorf("draw %s: %w", title, err)
		}
		median.Color = color.RGBA{R: 0xb0, G: 0x30, B: 0x30, A: 0xff}
		median.Width = vg.Points(1)
		p.Add(median)
	}
	return p, nil
}

// canvas can be drawn on and written.
type canvas interface {
	vg.CanvasSizer
	io.WriterTo
}

// save draws panels, in rows, into path.svg and path.png.
func save(path string, panels [][]*plot.Plot) ([]string, error) {
	columns := 0
	for _, row := range panels {
		columns = max(columns, len(row))
	}
	width, height := panelWidth*vg.Length(columns), panelHeight*vg.Length(len(panels))
	var files []string
	var failed []error
	for _, kind := range []struct {
		ending string
		canvas canvas
	}{
		{".svg", vgsvg.New(width, height)},
		{".png", vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(150))}},
	} {
		tiles := draw.Tiles{Rows: len(panels), Cols: columns, PadX: margin, PadY: margin,
			PadTop: margin, PadBottom: margin, PadLeft: margin, PadRight: margin}
		places := plot.Align(panels, tiles, draw.New(kind.canvas))
		for i, row := range panels {
			for j, p := range row {
				if p != nil {
					p.Draw(places[i][j])
				}
			}
		}
		err := durable.WriteFile(path+kind.ending, 0o644, func(w io.Writer) error {
			_, err := kind.canvas.WriteTo(w)
			return err
		})
		failed = append(failed, err)
		files = append(files, path+kind.ending)
	}
	return files, errors.Join(failed...)
}
