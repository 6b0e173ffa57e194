package leak

import (
	"crypto/sha256"
	"fmt"

	"ringmaster/data"
)

// Sides counts, of tested pairs of texts, those with a first or a second text that a pair of the other part has too.
type Sides struct {
	First  int `json:"first"`
	Second int `json:"second"`
}

// sideKey stands for one of a pair's texts: a hash that no two texts share.
type sideKey [16]byte

func sideKeyOf(text string) sideKey {
	sum := sha256.Sum256([]byte(text))
	return sideKey(sum[:16])
}

// sidesOf are the tested part's; nil where its examples have one text. The error is of kind spool.ErrDisk.
func sidesOf(held, tested part) (sides *Sides, err error) {
	if paired, err := hasPairs(tested); err != nil || !paired {
		return nil, err
	}
	first, second := map[sideKey]bool{}, map[sideKey]bool{}
	err = held.examples.Each(func(_ int, e data.Example) error {
		if a, b, pair := e.Texts(); pair {
			first[sideKeyOf(a)], second[sideKeyOf(b)] = true, true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	sides = &Sides{}
	err = tested.examples.Each(func(_ int, e data.Example) error {
		a, b, pair := e.Texts()
		if pair && first[sideKeyOf(a)] {
			sides.First++
		}
		if pair && second[sideKeyOf(b)] {
			sides.Second++
		}
		return nil
	})
	return sides, err
}

// hasPairs says whether the examples of a part have two texts each; a task's examples are alike in this.
func hasPairs(p part) (bool, error) {
	if p.examples.Len() == 0 {
		return false, nil
	}
	e, err := p.examples.At(0)
	_, _, pair := e.Texts()
	return pair, err
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
