package screen

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is text in columns: spaces between them, a rule under the header.
type Table struct {
	Header []string
	Rows   [][]string
	// Texts are the columns that read from the left; the others are numbers, and read from
	// the right.
	Texts []int
	// Keys is how many of the first columns say what a row is of. Where a table is too wide
	// and falls into several, each of them has these. 0 is one.
	Keys int
	// Rules are the rows that a rule is drawn above.
	Rules []int
}

// Render is the table in at most width columns, as far as its words allow. A table that is
// wider has its headers and texts broken between words; where that is not enough its columns
// stand in several tables, one below the other, each with the keys. A width below 1 is none.
func (t Table) Render(width int) string {
	whole := t.draw(t.all(), nil)
	if width < 1 || widest(whole) <= width {
		return whole
	}
	var parts []string
	for _, group := range t.groups(width) {
		parts = append(parts, t.draw(group, t.caps(group, width)))
	}
	return strings.Join(parts, "\n\n")
}

// Markdown is the table as Markdown has it.
func (t Table) Markdown() string { return t.writer(t.all(), nil).RenderMarkdown() }

func (t Table) all() []int {
	columns := make([]int, len(t.Header))
	for i := range columns {
		columns[i] = i
	}
	return columns
}

func (t Table) keys() int { return min(max(t.Keys, 1), len(t.Header)) }

// gap is what stands between two columns, and edges what stands beside the outer two.
const gap, edges = 2, 2

// groups divides the columns among tables that fit.
func (t Table) groups(width int) [][]int {
	keys := t.all()[:t.keys()]
	var groups [][]int
	group := slices.Clone(keys)
	for _, c := range t.all()[t.keys():] {
		if len(group) > len(keys) && t.narrowest(append(slices.Clone(group), c), width) > width {
			groups, group = append(groups, group), slices.Clone(keys)
		}
		group = append(group, c)
	}
	return append(groups, group)
}

// narrowest is how wide a table of some columns is at least.
func (t Table) narrowest(group []int, width int) int {
	total := edges
	for i, c := range group {
		if i > 0 {
			total += gap
		}
		total += t.atLeast(c, width)
	}
	return total
}

// atLeast is the width of the longest word of a column, or of its longest number. A word that
// would take more than a third of the width is broken.
func (t Table) atLeast(c, width int) int {
	least, word := longestWord(t.Header[c]), 0
	for _, row := range t.Rows {
		if slices.Contains(t.Texts, c) {
			word = max(word, longestWord(row[c]))
		} else {
			least = max(least, columns(row[c]))
		}
	}
	return max(least, min(word, width/3))
}

func longestWord(s string) int {
	longest := 0
	for word := range strings.FieldsSeq(s) {
		longest = max(longest, columns(word))
	}
	return longest
}

// atMost is the width of a column that nothing is broken in.
func (t Table) atMost(c int) int {
	most := columns(t.Header[c])
	for _, row := range t.Rows {
		most = max(most, columns(row[c]))
	}
	return most
}

// caps are the widths of a group's columns in a table that fits: what is too much is taken
// from whichever column has most to spare.
func (t Table) caps(group []int, width int) []int {
	caps := make([]int, len(group))
	total := edges + gap*(len(group)-1)
	for i, c := range group {
		caps[i] = t.atMost(c)
		total += caps[i]
	}
	for ; total > width; total-- {
		widest := -1
		for i, c := range group {
			if spare := caps[i] - t.atLeast(c, width); spare > 0 && (widest < 0 || caps[i] > caps[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // its words are as wide as that
		}
		caps[widest]--
	}
	return caps
}

func (t Table) draw(group, caps []int) string {
	return trimLines(t.writer(group, caps).Render())
}

func (t Table) writer(group, caps []int) table.Writer {
	w := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Options.SeparateHeader = true
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	w.AppendHeader(pick(t.Header, group))
	configs := make([]table.ColumnConfig, len(group))
	for i, c := range group {
		configs[i] = table.ColumnConfig{Number: i + 1}
		if !slices.Contains(t.Texts, c) {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
		if caps != nil {
			configs[i].WidthMax = caps[i]
			configs[i].WidthMaxEnforcer = func(s string, most int) string { return within(s, most) }
		}
	}
	w.SetColumnConfigs(configs)
	for i, row := range t.Rows {
		if slices.Contains(t.Rules, i) && i > 0 {
			w.AppendSeparator()
		}
		w.AppendRow(pick(row, group))
	}
	return w
}

// within breaks a cell between words, and within those that are wider than it may be.
func within(cell string, most int) string {
	lines := strings.Split(Wrap(cell, most, ""), "\n")
	for i, line := range lines {
		if columns(line) > most {
			lines[i] = text.WrapHard(line, most)
		}
	}
	return strings.Join(lines, "\n")
}

func pick(cells []string, group []int) table.Row {
	row := make(table.Row, len(group))
	for i, c := range group {
		row[i] = cells[c]
	}
	return row
}

func widest(s string) int {
	most := 0
	for line := range strings.SplitSeq(s, "\n") {
		most = max(most, columns(line))
	}
	return most
}
