package stats

import (
	"slices"

	"ringmaster/data"
)

// Overlap is what two parts, of one corpus or of two, have in common.
type Overlap struct {
	// A and B name the parts: "empathy train".
	A string `json:"a"`
	B string `json:"b"`
	// Texts is how many distinct texts stand in both.
	Texts int `json:"texts"`
	// Removed is how many of them a run leaves out of its training part for that reason.
	Removed int     `json:"removed"`
	Example Example `json:"example"`
}

// Example is the first text, by its place in A, that two parts have in common.
type Example struct {
	Text string `json:"text"`
	InA  string `json:"in_a"` // file:line
	InB  string `json:"in_b"`
}

// part is one part of a corpus: its distinct texts, each with the first place it stands at.
type part struct {
	name   string
	order  []string // texts, by first appearance
	places map[string]string
	// removed are texts that a run leaves out of this part because others have them.
	removed map[string]bool
}

// partsOf are the parts as the files have them: training rows that a run leaves out
// because they are tested on belong to them here, or nobody would see them.
func partsOf(corpus *data.Corpus, trace *data.Trace) (parts [3]part, err error) {
	for i, p := range []struct {
		name     string
		examples data.Part
	}{{"train", corpus.Train}, {"valid", corpus.Valid}, {"test", corpus.Test}} {
		parts[i] = part{name: corpus.Task + " " + p.name, places: map[string]string{}, removed: map[string]bool{}}
		err := p.examples.Each(func(_ int, e data.Example) error {
			parts[i].add(e.Text, trace.Place(e.Row))
			return nil
		})
		if err != nil {
			return parts, err
		}
	}
	for _, l := range trace.LeftOut {
		if l.Why == data.WhyOverlap {
			parts[0].add(l.Text, trace.Place(l.Row))
			parts[0].removed[l.Text] = true
		}
	}
	return parts, nil
}

func (p *part) add(text, place string) {
	if _, met := p.places[text]; !met {
		p.places[text] = place
		p.order = append(p.order, text)
	}
}

// Overlaps compares every part of the corpora with every other, and lists those that
// have a text in common, in the order of the corpora.
func Overlaps(corpora ...*Description) []Overlap {
	var all []part
	var of []int
	for i, d := range corpora {
		all = append(all, d.parts[:]...)
		of = append(of, i, i, i)
	}
	found := []Overlap{}
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			if o := compare(all[i], all[j]); o.Texts > 0 {
				if of[i] != of[j] {
					o.Removed = 0 // nothing is removed for what another corpus holds
				}
				found = append(found, o)
			}
		}
	}
	return slices.Clip(found)
}

func compare(a, b part) Overlap {
	o := Overlap{A: a.name, B: b.name}
	for _, text := range a.order {
		place, shared := b.places[text]
		if !shared {
			continue
		}
		if o.Texts == 0 {
			o.Example = Example{Text: text, InA: a.places[text], InB: place}
		}
		o.Texts++
		if a.removed[text] {
			o.Removed++
		}
	}
	return o
}
