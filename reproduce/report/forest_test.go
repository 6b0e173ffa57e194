package report

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

var nameText = regexp.MustCompile(`<text x="([0-9.]+)" y="[0-9.]+" class="name end"( textLength="([0-9.]+)"[^>]*)?>([^<]*)</text>`)

// A name, which ends where its interval begins, begins within the drawing: in a font whose
// letters are as wide as they come, or drawn in the room there is.
func TestNamesOfAForestAreNotClipped(t *testing.T) {
	for _, name := range []string{"single", "kd-annealed-sentiment − mt-sentiment", strings.Repeat("a-long-name-", 8)} {
		chart := forest("Difference", "points", true, []estimate{{name: name, low: -1, mid: 0, high: 1}, {name: "x", low: -2, mid: 0, high: 2}})
		found := nameText.FindAllStringSubmatch(string(chart.SVG), -1)
		if len(found) != 2 {
			t.Fatalf("%d names in %s", len(found), chart.SVG)
		}
		end, err := strconv.ParseFloat(found[0][1], 64)
		if err != nil {
			t.Fatal(err)
		}
		long := 8.2 * float64(utf8.RuneCountInString(found[0][4])) // DejaVu Sans, capital letters among small ones
		if found[0][3] != "" {
			if long, err = strconv.ParseFloat(found[0][3], 64); err != nil {
				t.Fatal(err)
			}
		}
		if end-long < 0 {
			t.Errorf("%q begins %.0f units left of the drawing", name, long-end)
		}
	}
}
