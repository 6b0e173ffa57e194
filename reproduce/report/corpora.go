package report

import (
	"errors"
	"fmt"
	"io/fs"

	"ringmaster/data/leak"
	"ringmaster/run/directory"
)

// addCorpora adds what the run's texts were: parts, leaks between them, texts that are cut.
// A run of an older release left nothing of it.
func (p *Page) addCorpora(l directory.Layout) {
	corpora, err := l.ReadCorpora()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		p.warn("What is known of the corpora cannot be shown: %v", err)
		return
	}
	texts := Table{Header: []string{"task", "train", "valid", "test", "cut at max_length", "half have at most", "99%", "longest"}}
	leaks := Table{Header: []string{"texts of 4 words and more", "looked at", "inside a text of", "such", "nearly a text", "together"}}
	for _, c := range corpora {
		r := c.Report
		row := []string{c.Task, fmt.Sprint(r.Train.Rows), fmt.Sprint(r.Valid.Rows), fmt.Sprint(r.Test.Rows), "–", "–", "–", "–"}
		if n := c.Length; n != nil && n.Texts > 0 {
			row[4] = fmt.Sprintf("%d of %d (%s%%)", n.Cut, n.Texts, percent(float64(n.Cut)/float64(n.Texts)))
			row[5], row[6], row[7] = fmt.Sprintf("%d %s", n.P50, n.Unit), fmt.Sprint(n.P99), fmt.Sprint(n.Max)
		}
		texts.Rows = append(texts.Rows, row)
		for _, pair := range c.Leaks {
			looked := fmt.Sprint(pair.Looked)
			if pair.Looked < pair.Long {
				looked += fmt.Sprintf(" of %d", pair.Long)
			}
			leaks.Rows = append(leaks.Rows, []string{
				c.Task + " " + pair.Tested, looked, heldBy(pair), fmt.Sprint(pair.Contained.Rows), fmt.Sprint(pair.Near.Rows), percent(pair.Share()) + "%",
			})
		}
	}
	s := Section{Title: "Texts", Intro: "How many rows each part has, and how many texts are longer than train.max_length and lose their end.", Tables: []Table{texts}}
	if len(leaks.Rows) > 0 {
		s.Tables = append(s.Tables, leaks)
		s.Outro = "A text that stands inside a text of another part, word by word, or shares half of its runs of three words with one, may be known from there: " +
			"where many test texts do, their scores are too high."
	}
	p.Sections = append(p.Sections, s)
}

func heldBy(p leak.Pair) string {
	if p.Of == "" {
		return p.Held
	}
	return p.Held + " of " + p.Of
}
