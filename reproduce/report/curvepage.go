package report

import (
	"fmt"
	"image/color"
	"path/filepath"
	"strings"
	"time"

	"gonum.org/v1/plot"

	"ringmaster/reproduce"
)

// ofCurve is the page of a learning curve.
func ofCurve(dir string) (*Page, error) {
	r, err := reproduce.ReadCurve(dir)
	if err != nil {
		return nil, err
	}
	p := &Page{
		Title:    r.Heading(),
		Subtitle: fmt.Sprintf("%d of %d runs done in %s; run file %s", r.Finished, r.Cells, time.Duration(r.Seconds*float64(time.Second)).Round(time.Second), r.Record.File),
	}
	if r.Finished == 0 {
		p.warn("No run is finished yet.")
		return p, nil
	}
	for _, point := range r.Record.Points {
		p.Differences = append(p.Differences, fmt.Sprintf("%d training rows: `ringmaster report %s` has curves, confusion matrices and mistakes.", point.TrainRows, filepath.Join(dir, point.Directory)))
	}
	chart, err := curveChart(r)
	if err != nil {
		return nil, err
	}
	p.Sections = []Section{
		{Title: "Results", Intro: r.Caption(), Charts: []Chart{chart}, Tables: []Table{curveScores(r)}},
		{Title: r.Points[0].Question, Outro: r.ComparisonsCaption(), Tables: []Table{curveComparisons(r)}},
	}
	return p, nil
}

func curveChart(r *reproduce.CurveResult) (Chart, error) {
	m := r.Measure()
	c := Chart{Title: m.Name() + " on test rows by training rows" + m.In() + ", with 95% intervals"}
	p := newPlot("training rows")
	p.Add(grid(true, false))
	err := addLearned(p, r, func(i int) color.Color { return ink{class: fmt.Sprintf("line c%d", i%palette)} },
		func(name string, _ ...plot.Thumbnailer) { c.Legend = append(c.Legend, name) })
	if err != nil {
		return c, err
	}
	c.SVG = svg(p, pageCurveWidth, pageCurveHeight, c.Title)
	return c, nil
}

func curveScores(r *reproduce.CurveResult) Table {
	t := Table{Header: []string{"system", "training rows"}}
	columns := r.Columns()
	for _, c := range columns {
		t.Header = append(t.Header, strings.ReplaceAll(c.Header, "\n", " "))
	}
	for i, point := range r.Points {
		for _, row := range point.Rows {
			cells := []string{row.TitleWithChoice(), fmt.Sprint(r.Record.Points[i].TrainRows)}
			for _, c := range columns {
				cells = append(cells, c.Cell(row))
			}
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

func curveComparisons(r *reproduce.CurveResult) Table {
	m := r.Measure()
	t := Table{Header: []string{"system", "against", "training rows", "seeds", "difference", "95% interval", "p", "p, Holm"}}
	first := len(t.Header)
	for _, c := range r.Comparisons {
		row := append([]string{c.Row, c.Against, fmt.Sprint(c.TrainRows)}, inText(c.Cells(m))...)
		t.Rows = append(t.Rows, row[:first]) // p of these models is on the points' own pages
	}
	return t
}
