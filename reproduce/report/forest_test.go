package report

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var nameText = regexp.MustCompile(`<text x="(-?[0-9.]+)" y="[0-9.]+" class="name" font-size="([0-9.]+)" textLength="([0-9.]+)" lengthAdjust="spacingAndGlyphs">([^<]*)</text>`)

// A name, which is as wide as is written whatever the reader's fonts, begins within the drawing,
// ends before its interval, and is large enough to be read.
func TestNamesOfAForestAreNotClipped(t *testing.T) {
	for _, name := range []string{"single", "kd-annealed-sentiment − mt-sentiment", strings.Repeat("a-long-name-", 8)} {
		chart := forest("Difference", "points", true, []estimate{{name: name, low: -1, mid: 0, high: 1}, {name: "x", low: -2, mid: 0, high: 2}})
		found := nameText.FindAllStringSubmatch(string(chart.SVG), -1)
		if len(found) != 2 {
			t.Fatalf("%d names in %s", len(found), chart.SVG)
		}
		for _, f := range found {
			var at [3]float64
			for i := range at {
				var err error
				if at[i], err = strconv.ParseFloat(f[i+1], 64); err != nil {
					t.Fatal(err)
				}
			}
			if begin, size, width := at[0], at[1], at[2]; begin < 0 || begin+width > 0.6*forestWidth || size < 8 {
				t.Errorf("%q of size %.1f stands from %.0f to %.0f", f[4], size, begin, begin+width)
			}
		}
	}
}

// What a pointer over a drawing is told, what a screen reader says of it, and text that is none
// of the page's markup.
func TestDrawingsSayWhatTheyAre(t *testing.T) {
	paper := 42.1
	chart := forest("F1 & more", "F1", false, []estimate{{name: "a <b>", low: 40, mid: 66.7, high: 87, mark: &paper}})
	for _, want := range []string{
		`role="img" aria-label="F1 &amp; more"`, "a &lt;b&gt;</text>", "<title>66.7 (40.0 to 87.0)</title>", "<title>the paper&#39;s: 42.1</title>",
	} {
		if !strings.Contains(string(chart.SVG), want) {
			t.Errorf("no %s in %s", want, chart.SVG)
		}
	}
	chart = lines("Loss", "step", 0, []Series{{"a", []Point{{0, 1}, {1, 0.5}}}, {"b", []Point{{0, 2}, {1, 1}}}})
	for _, want := range []string{`class="line c0"`, "<title>a</title>", `class="line c1"`, "<title>b</title>", ">step</text>", ">2.0</text>"} {
		if !strings.Contains(string(chart.SVG), want) {
			t.Errorf("no %s in %s", want, chart.SVG)
		}
	}
}
