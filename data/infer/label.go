package infer

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/errkind"
	"ringmaster/shown"
)

// mostClasses is how many values a column of labels has at most.
const mostClasses = 300

// labelling is how a corpus's labels are read.
type labelling struct {
	kind      config.Kind
	why       string     // the kind is that
	one       *profile   // the column of labels, or of numbers
	sets      []*profile // or 0/1 columns
	separator string     // between labels of one cell
	names     []string   // of labels that are numbers, from 0
	namesFile *table     // where the names come from, if that is a file of names
	classes   []class
	// rows with several labels, with none, and with a label that is a number of no name (-1: a hidden label).
	several, none, unnamed int
	others                 []string // columns that could have been meant
}

// class is a label and how many rows have it.
type class struct {
	label, name string
	rows        int
}

func (l *labelling) columns() []string {
	if l.one != nil {
		return []string{l.one.name}
	}
	var names []string
	for _, p := range l.sets {
		names = append(names, p.name)
	}
	return names
}

// findLabel decides which columns are the label.
func (c *corpus) findLabel(r *roles, o Options) (labelling, error) {
	if len(o.Label) > 0 {
		return c.namedLabel(r, o)
	}
	var sets, ones, values []*profile
	for _, p := range r.all {
		switch {
		case r.isText(p) || p == r.part || p.filled() == 0:
		case p.bits == p.filled() && p.distinct <= 2 && p.lists == 0:
			sets = append(sets, p)
			if p.distinct == 2 {
				ones = append(ones, p)
			}
		case c.mayValue(p):
			values = append(values, p)
		case c.mayLabel(p):
			ones = append(ones, p)
		}
	}
	unnamed := func(p *profile) bool { return c.labelRank(p) == 0 }
	hinted := slices.DeleteFunc(slices.Clone(ones), unnamed)
	if len(sets) > 2 && len(hinted) == 0 && 2*len(sets) > len(c.columns)-2 {
		return c.labelSets(sets, o.Kind)
	}
	hinted = append(hinted, slices.DeleteFunc(slices.Clone(values), unnamed)...)
	ranked := ones
	if len(ones) == 0 {
		ranked = values
	}
	if len(hinted) > 0 {
		ranked = hinted
		slices.SortStableFunc(ranked, func(a, b *profile) int { return cmp.Compare(c.labelRank(b), c.labelRank(a)) })
	} else if words := slices.DeleteFunc(slices.Clone(ones), func(p *profile) bool { return p.texts == 0 || p.numbers > 0 || p.bits > 0 }); len(words) > 0 {
		ranked = words // numbers may be anything, words are more probably classes
	}
	onlyBits := len(ones) > 0 && !slices.ContainsFunc(ranked, func(p *profile) bool { return p.bits < p.filled() })
	if len(ranked) == 0 || len(hinted) == 0 && len(ranked) > 1 && !onlyBits {
		return labelling{}, c.noLabel(r, ranked)
	}
	l, err := c.oneLabel(ranked[0], o.Kind)
	for _, p := range ones {
		if p != ranked[0] {
			l.others = append(l.others, p.name)
		}
	}
	for _, p := range values {
		if p != ranked[0] {
			l.others = append(l.others, p.name+" (numbers)")
		}
	}
	return l, err
}

// labelRank is how much a column's name, or names of its classes, say that it is the label.
func (c *corpus) labelRank(p *profile) int {
	if len(c.classes[p.name]) > 0 {
		return 100
	}
	rank := called(p.name, labelNames)
	if p.lists > 0 {
		rank += 1
	}
	return rank
}

// mayLabel says whether a column's values are few enough, in comparison with the rows, to be classes.
func (c *corpus) mayLabel(p *profile) bool {
	if p.values == nil || p.real() || c.decimalCommas(p) {
		return false
	}
	if sep, parts := separatorOf(p); sep != "" {
		return parts >= 2
	}
	total := 0
	for _, n := range p.values {
		total += n
	}
	few := p.distinct >= 2 && p.distinct <= mostClasses && (p.distinct*10 <= total || p.distinct*2 <= total && p.distinct <= 20)
	return few && float64(p.words) <= 4*float64(p.filled())
}

// separatorOf finds the character between labels of a cell, and how many labels there are. Most cells have one label, so the
// labels of those with several stand alone as well.
func separatorOf(p *profile) (separator string, labels int) {
	if p.values == nil || p.lists > 0 {
		return "", 0
	}
	for _, sep := range []string{",", "|", ";", " "} {
		met, cells, joined := map[string]int{}, 0, 0
		for value, n := range p.values {
			cells += n
			if strings.Contains(value, sep) {
				joined += n
			}
			for part := range strings.SplitSeq(value, sep) {
				if part = strings.TrimSpace(part); part != "" {
					met[part] += n
				}
			}
		}
		alone := 0
		for label := range met {
			if p.values[label] > 0 {
				alone++
			}
		}
		if joined*200 >= cells && joined > 1 && len(met) >= 2 && len(met) <= mostClasses && len(met) < p.distinct && len(met)*5 <= cells && alone*2 >= len(met) {
			return sep, len(met)
		}
	}
	return "", 0
}

// namedLabel takes the columns of --label: one of labels, or several of 0 and 1.
func (c *corpus) namedLabel(r *roles, o Options) (labelling, error) {
	var columns []*profile
	for _, name := range o.Label {
		p, err := c.column(r, "--label", name)
		if err != nil {
			return labelling{}, err
		}
		if r.isText(p) {
			return labelling{}, errkind.Errorf(ErrColumn, "--label names %s, which is taken for the text: name the text's column with --text", name)
		}
		columns = append(columns, p)
	}
	if len(columns) > 1 {
		for _, p := range columns {
			if p.bits < p.filled() || p.filled() == 0 {
				return labelling{}, errkind.Errorf(ErrColumn, "--label names %d columns, so each must hold 0 and 1, but %s has %s", len(columns), p.name, p.inWords())
			}
		}
		return c.labelSets(columns, o.Kind)
	}
	return c.oneLabel(columns[0], o.Kind)
}

// oneLabel describes the labels of one column; named is the kind that the user has named.
func (c *corpus) oneLabel(p *profile, named config.Kind) (labelling, error) {
	l := labelling{one: p}
	switch {
	case p.filled() == 0:
		return l, errkind.Errorf(ErrColumn, "%s of %s is empty in all rows that were read", p.name, c.tables[0].name)
	case c.isValue(p, named) || named == "" && c.decimalCommas(p):
		return c.valueLabel(p, named)
	case p.everyRow():
		return l, errkind.Errorf(ErrColumn, "%s of %s has a different number in every row, as ids are: name another column with --label, or take it as a number with --kind value", p.name, c.tables[0].name)
	case p.lists == 0:
		l.separator, _ = separatorOf(p)
	}
	l.names = c.classes[p.name]
	known := map[string]bool{}
	for value := range p.values {
		for _, label := range labelsOf(cell{text: value}, l.separator) {
			known[strings.TrimSpace(label)] = strings.TrimSpace(label) != ""
		}
	}
	c.leaveOutHidden([]*profile{p}, func(label string) bool { return known[label] }, func(c cell) []string { return labelsOf(c, l.separator) })
	for _, t := range c.tables {
		for _, row := range t.rows {
			l.take(cellAt(row, p.at))
		}
	}
	if l.names == nil && c.names != nil && l.numbersUpTo(len(c.names.rows)) {
		l.namesFile = c.names
		for _, row := range c.names.rows {
			l.names = append(l.names, row[0].text)
		}
	}
	l.sort()
	switch {
	case len(l.classes) == 0 && l.unnamed > 0:
		return l, errkind.Errorf(ErrColumn, "%s of %s has hidden labels alone (numbers below 0), as published test files have: name a file with labels", p.name, c.tables[0].name)
	case len(l.classes) == 0:
		return l, errkind.Errorf(ErrColumn, "%s of %s has no label in any row that was read, only empty cells or lists: name another column with --label", p.name, c.tables[0].name)
	case len(l.classes) < 2:
		return l, errkind.Errorf(ErrColumn, "%s of %s has one value in all rows, %s: there is nothing to tell apart; name another column with --label", p.name, c.tables[0].name, shown.Quote(l.classes[0].label))
	case len(l.classes) > mostClasses:
		return l, errkind.Errorf(ErrColumn, "%s of %s has %d different values, more than %d classes: name another column with --label", p.name, c.tables[0].name, len(l.classes), mostClasses)
	}
	l.takeKind(named, c.rows())
	return l, nil
}

// rows is how many rows were looked at.
func (c *corpus) rows() int {
	n := 0
	for _, t := range c.tables {
		n += len(t.rows)
	}
	return n
}

// take counts the labels of a cell.
func (l *labelling) take(c cell) {
	n := 0
	for _, label := range labelsOf(c, l.separator) {
		if label = strings.TrimSpace(label); label == "" {
			continue
		}
		n++
		if i := slices.IndexFunc(l.classes, func(k class) bool { return k.label == label }); i >= 0 {
			l.classes[i].rows++
		} else if len(l.classes) <= 2*mostClasses {
			l.classes = append(l.classes, class{label: label, rows: 1})
		}
	}
	switch {
	case n == 0:
		l.none++
	case n > 1:
		l.several++
	}
}

// numbersUpTo says whether all labels are whole numbers from 0 below a number.
func (l *labelling) numbersUpTo(n int) bool {
	for _, k := range l.classes {
		if i, err := strconv.Atoi(k.label); err != nil || i < 0 || i >= n {
			return false
		}
	}
	return true
}

// sort orders the classes, by number where they are numbers, and gives them their names.
func (l *labelling) sort() {
	l.classes = slices.DeleteFunc(l.classes, func(k class) bool {
		i, err := strconv.Atoi(k.label)
		hidden := l.names != nil && err == nil && i < 0
		if hidden {
			l.unnamed += k.rows
		}
		return hidden
	})
	numbers := !slices.ContainsFunc(l.classes, func(k class) bool { return !isNumber(k.label) })
	slices.SortFunc(l.classes, func(a, b class) int {
		if numbers {
			x, _ := number(a.label)
			y, _ := number(b.label)
			return cmp.Or(cmp.Compare(x, y), strings.Compare(a.label, b.label))
		}
		return strings.Compare(a.label, b.label)
	})
	for i, k := range l.classes {
		l.classes[i].name = k.label
		if x, is := number(k.label); numbers && is { // 1.0 is the class 1
			l.classes[i].name = strconv.FormatFloat(x, 'f', -1, 64)
			if at := int(x); l.names != nil && at >= 0 && at < len(l.names) {
				l.classes[i].name = l.names[at]
			}
		}
	}
}

// labelSets describes the labels of 0/1 columns.
func (c *corpus) labelSets(columns []*profile, named config.Kind) (labelling, error) {
	if named.Is(config.KindValue) {
		return labelling{}, errkind.Errorf(ErrColumn, "a task of kind value has one column of numbers, and %s has %d columns of 0 and 1: name one with --label", c.tables[0].name, len(columns))
	}
	l := labelling{sets: columns}
	for _, p := range columns {
		l.classes = append(l.classes, class{label: p.name, name: p.name})
	}
	c.leaveOutHidden(columns, isBit, func(c cell) []string { return labelsOf(c, "") })
	for _, t := range c.tables {
		for _, row := range t.rows {
			n := 0
			for i, p := range columns {
				if set, _ := data.Bit(cellAt(row, p.at).text); set {
					l.classes[i].rows++
					n++
				}
			}
			switch {
			case n == 0:
				l.none++
			case n > 1:
				l.several++
			}
		}
	}
	l.takeKind(named, c.rows())
	return l, nil
}

// noLabel says what was looked at, and what to name.
func (c *corpus) noLabel(r *roles, candidates []*profile) error {
	if t := c.tables[0]; t.format == config.Lines && strings.HasPrefix(t.rows[0][0].text, "__label__") {
		return errkind.Errorf(ErrNoLabel, `%s is in fastText's format, which is not read: write its labels into a column (sed 's/^__label__\([^ ]*\) /\1\t/' %s > labelled.tsv)`, t.name, shown.ShellWord(t.name))
	}
	if c.tables[0].format == config.Lines {
		return errkind.Errorf(ErrNoLabel, "%s is plain text without labels: use --method mlm to pretrain on it", c.tables[0].name)
	}
	var looked []string
	for _, p := range r.all {
		if !r.isText(p) && p != r.part {
			looked = append(looked, p.inWords())
		}
	}
	what := "none of its columns is surely the label"
	if len(candidates) > 1 {
		what = fmt.Sprintf("%d of its columns may be the label", len(candidates))
	}
	if len(looked) == 0 {
		looked = []string{"no other column"}
	}
	return errkind.Errorf(ErrNoLabel, "%s: %s. The text is in %s; beside it there is %s. Name the label with --label COLUMN, or pretrain on the texts with --method mlm",
		c.tables[0].name, what, r.text.name, strings.Join(looked, ", "))
}
