package leak

import "fmt"

// Sides counts, of tested pairs of texts, those with a first or a second text that a pair of the other part has too.
type Sides struct {
	First  int `json:"first"`
	Second int `json:"second"`
}

// sidesOf are the tested part's; nil where its examples have one text.
func sidesOf(held, tested part) *Sides {
	first, second := map[string]bool{}, map[string]bool{}
	for _, e := range held.examples {
		if a, b, pair := e.Texts(); pair {
			first[a], second[b] = true, true
		}
	}
	var sides *Sides
	for _, e := range tested.examples {
		a, b, pair := e.Texts()
		if !pair {
			continue
		}
		if sides == nil {
			sides = &Sides{}
		}
		if first[a] {
			sides.First++
		}
		if second[b] {
			sides.Second++
		}
	}
	return sides
}

// sidesShown is a line about the pairs of a tested part, for a person; empty where nothing is to be said. many says
// that scores on them may be inflated.
func (p Pair) sidesShown() (text string, many bool) {
	if p.Sides == nil || p.Sides.First+p.Sides.Second == 0 {
		return "", false
	}
	percent := func(n int) float64 { return 100 * float64(n) / float64(max(p.Rows, 1)) }
	text = fmt.Sprintf("of %d %s pairs, %d (%.1f%%) have a first text that a %s pair has too, and %d (%.1f%%) a second one",
		p.Rows, p.Tested, p.Sides.First, percent(p.Sides.First), p.Held, p.Sides.Second, percent(p.Sides.Second))
	return text, p.Of == "" && float64(max(p.Sides.First, p.Sides.Second)) >= telling*float64(p.Rows)
}
