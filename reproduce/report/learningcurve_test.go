package report

import (
	"math"
	"os"
	"strings"
	"testing"

	"ringmaster/reproduce"
	"ringmaster/reproduce/statistics"
)

// learning is a curve of two systems, of which the second has no finished run at the larger number yet.
func learning() *reproduce.CurveResult {
	row := func(name string, f1, low, high float64) reproduce.RowResult {
		return reproduce.RowResult{Name: name, Title: "System " + name, Seeds: 3, Score: &f1, Interval: &statistics.Interval{Low: low, High: high}}
	}
	return &reproduce.CurveResult{
		Record: reproduce.CurveRecord{Title: "Methods compared on film", Target: "film", Points: []reproduce.CurvePoint{{TrainRows: 200, Directory: "rows-200"}, {TrainRows: 1500, Directory: "rows-1500"}}},
		Points: []*reproduce.Result{
			{Rows: []reproduce.RowResult{row("single", 0.5, 0.42, 0.55), row("mt", 0.6, 0.58, 0.61)}},
			{Rows: []reproduce.RowResult{row("single", 0.7, 0.65, 0.74), {Name: "mt", Title: "System mt"}}},
		},
	}
}

func TestALearningCurveHasTheScoresAndTheirIntervals(t *testing.T) {
	all := learnedOf(learning())
	if len(all) != 2 || len(all[0].points) != 2 || len(all[1].points) != 1 {
		t.Fatalf("%+v", all)
	}
	single := all[0]
	for i, want := range []struct{ x, y, low, high float64 }{{200, 50, 42, 55}, {1500, 70, 65, 74}} {
		p, e := single.points[i], single.errors[i]
		if math.Abs(p.X/want.x-1) > 0.03 || math.Abs(p.Y-want.y) > 1e-9 || math.Abs(p.Y-e.Low-want.low) > 1e-9 || math.Abs(p.Y+e.High-want.high) > 1e-9 {
			t.Errorf("point %d is %+v with %+v, want %+v", i, p, e, want)
		}
	}
	if all[0].points[0].X >= all[1].points[0].X {
		t.Error("two systems' intervals cover each other")
	}
}

func TestALearningCurveIsDrawn(t *testing.T) {
	dir := t.TempDir()
	if err := DrawCurve(dir, learning()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(CurveFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	chart, err := curveChart(learning())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">200</text>", ">1500</text>"} {
		for where, svg := range map[string]string{"the file": string(file), "the page": string(chart.SVG)} {
			if !strings.Contains(strings.ReplaceAll(svg, "\n", ""), want) {
				t.Errorf("%s has no %s:\n%s", where, want, svg)
			}
		}
	}
	if !strings.Contains(string(file), "System single") || strings.Join(chart.Legend, ",") != "System single,System mt" {
		t.Errorf("the systems are not named: %v", chart.Legend)
	}
}
