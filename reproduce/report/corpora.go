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
		p.warn("The description of the corpora cannot be shown: %v", err)
		return
	}
	texts := Table{Header: []string{"task", "train", "valid", "test", "truncated at max_length", "median length", "99th percentile", "longest"}}
	leaks := Table{Header: []string{"texts of at least 4 words", "checked", "against texts of", "contained", "nearly equal", "total share"}}
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
	s := Section{Title: "Texts", Intro: "Number of rows in each part, and of texts that are truncated at train.max_length.", Tables: []Table{texts}}
	if len(leaks.Rows) > 0 {
		s.Tables = append(s.Tables, leaks)
		s.Outro = "Contained: the text is, word by word, part of a text of the other part. Nearly equal: it shares half of its sequences of three words with one. " +
			"If many test texts leak from training texts in this way, test scores are too high."
	}
	p.Sections = append(p.Sections, s)
}

func heldBy(p leak.Pair) string {
	if p.Of == "" {
		return p.Held
	}
	return p.Held + " of " + p.Of
}
