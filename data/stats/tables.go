package stats

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"ringmaster/data"
	"ringmaster/screen"
)

// WriteTables writes everything for a person, with Method as a footnote. Sentences are wrapped at a width in columns; 0 wraps none.
func WriteTables(to io.Writer, width int, corpora []*Description, overlaps []Overlap) error {
	var b strings.Builder
	for _, d := range corpora {
		lines := d.Report.String() + d.leaks.String()
		if d.Length != nil {
			lines += fmt.Sprintf("  length     %s\n", d.Length)
		}
		if l := d.Duplicate; l != nil {
			lines += fmt.Sprintf("  first duplicate: %s:%d is %s: %q\n", l.File, l.Line, l.Detail, shortened(l.Text))
		}
		fmt.Fprintf(&b, "%s  %d distinct texts\n\n", screen.Hang(lines, width), d.Distinct)
		section(&b, "texts by label", labelTable(d))
		section(&b, lengthTitle(d), lengthTable(d))
		section(&b, phraseTitle(d), phraseTable(d))
	}
	b.WriteString(screen.Hang(overlapLines(overlaps), width))
	method := Method
	if width > 0 {
		method = screen.Wrap(strings.ReplaceAll(Method, "\n", " "), width, "")
	}
	b.WriteString("\n" + method + "\n")
	_, err := io.WriteString(to, b.String())
	return err
}

func section(b *strings.Builder, title string, w table.Writer) {
	s := table.StyleLight
	s.Options = table.OptionsNoBordersAndSeparators
	s.Options.SeparateHeader = true
	s.Options.SeparateFooter = true
	s.Format.Header, s.Format.Footer = text.FormatDefault, text.FormatDefault
	w.SetStyle(s)
	fmt.Fprintf(b, "%s\n\n%s\n\n", title, w.Render())
}

func labelTable(d *Description) table.Writer {
	w := table.NewWriter()
	w.AppendHeader(table.Row{"label", "rows", "duplicates", "overlaps", "limited", "train", "valid", "test"})
	var all LabelRows
	for _, l := range d.Labels {
		w.AppendRow(table.Row{l.Class, l.Rows, l.Duplicates, l.Overlaps, l.Limited, l.Train, l.Valid, l.Test})
		all.Rows += l.Rows
		all.Duplicates += l.Duplicates
		all.Overlaps += l.Overlaps
		all.Limited += l.Limited
		all.Train += l.Train
		all.Valid += l.Valid
		all.Test += l.Test
	}
	w.AppendFooter(table.Row{"all", all.Rows, all.Duplicates, all.Overlaps, all.Limited, all.Train, all.Valid, all.Test})
	w.SetColumnConfigs(rightFrom(2, 8))
	return w
}

func lengthTitle(d *Description) string {
	if d.All.Tokens == nil {
		return "words and sentences per text, of the texts that a run uses"
	}
	return "words, sentences and tokens per text, of the texts that a run uses"
}

func lengthTable(d *Description) table.Writer {
	w := table.NewWriter()
	w.AppendHeader(table.Row{"label", "per text", "texts", "mean", "sd", "min", "5%", "25%", "median", "75%", "95%", "99%", "max"})
	line := func(name, what string, l Lengths) table.Row {
		return table.Row{name, what, l.Texts, fmt.Sprintf("%.1f", l.Mean), fmt.Sprintf("%.1f", l.SD),
			l.Min, l.P5, l.P25, l.P50, l.P75, l.P95, l.P99, l.Max}
	}
	rows := func(name string, t Texts, add func(table.Row)) {
		add(line(name, "words", t.Words))
		add(line("", "sentences", t.Sentences))
		if t.Tokens != nil {
			add(line("", "tokens", *t.Tokens))
		}
	}
	for _, t := range d.Classes {
		rows(t.Class, t, func(r table.Row) { w.AppendRow(r) })
	}
	rows("all", d.All, func(r table.Row) { w.AppendFooter(r) })
	w.SetColumnConfigs(rightFrom(3, 13))
	return w
}

// shownClasses is how many classes' phrases stand beside each other.
const shownClasses = 3

func phraseTitle(d *Description) string {
	title := fmt.Sprintf("most frequent noun phrases of %d words (times, texts)", phraseWords)
	if len(d.Classes) > shownClasses {
		title += "; those of each class are in the JSON"
	}
	return title
}

// phraseTable has a column for all texts and one for each class, or for all alone where
// classes are too many to stand beside each other.
func phraseTable(d *Description) table.Writer {
	w := table.NewWriter()
	columns := []Texts{d.All}
	if len(d.Classes) <= shownClasses {
		columns = append(columns, d.Classes...)
	}
	header := table.Row{}
	longest := 0
	for _, c := range columns {
		header = append(header, nameOf(c))
		longest = max(longest, len(c.Phrases))
	}
	w.AppendHeader(header)
	for i := range longest {
		row := table.Row{}
		for _, c := range columns {
			cell := ""
			if i < len(c.Phrases) {
				cell = fmt.Sprintf("%s (%d, %d)", c.Phrases[i].Phrase, c.Phrases[i].Count, c.Phrases[i].Texts)
			}
			row = append(row, cell)
		}
		w.AppendRow(row)
	}
	if longest == 0 {
		w.AppendRow(table.Row{"no phrase occurs twice"})
	}
	return w
}

func nameOf(t Texts) string {
	if t.Class == "" {
		return "all"
	}
	return t.Class
}

func rightFrom(first, last int) []table.ColumnConfig {
	var list []table.ColumnConfig
	for column := first; column <= last; column++ {
		list = append(list, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight})
	}
	return list
}

func overlapLines(overlaps []Overlap) string {
	if len(overlaps) == 0 {
		return "no text is in two parts, or in two corpora\n"
	}
	var b strings.Builder
	b.WriteString("texts that are in two parts\n\n")
	for _, o := range overlaps {
		fmt.Fprintf(&b, "  %s and %s: %d", o.A, o.B, o.Texts)
		if o.Removed > 0 {
			fmt.Fprintf(&b, " (a run leaves %d out of %s)", o.Removed, o.A)
		}
		fmt.Fprintf(&b, "; first: %s and %s: %q\n", o.Example.InA, o.Example.InB, shortened(o.Example.Text))
	}
	return b.String()
}

// shortened is the beginning of a text.
func shortened(s string) string { return text.Snip(data.ShownTexts(s), 80, "…") }
