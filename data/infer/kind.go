package infer

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"ringmaster/config"
	"ringmaster/errkind"
	"ringmaster/shown"
)

// rare is one in how many rows may have several labels, or none, of labels that are still taken for classes: these rows
// are left out.
const rare = 50

// Levels: as many whole numbers of at most this size are taken for an order.
const (
	leastLevels, mostLevels = 3, 11
	greatestLevel           = 10
)

// valueNames name columns of numbers that are no classes, however few they are.
var valueNames = []string{"rating", "score", "intensity", "valence", "arousal", "dominance", "value", "percent", "percentage", "price", "age"}

// categoryNames name columns whose numbers stand for categories in no order.
var categoryNames = []string{"class", "category", "emotion", "emotions", "intent", "topic", "tag", "tags", "stance"}

// isValue says whether a column's numbers are values of their own, and no classes.
func (c *corpus) isValue(p *profile, named config.Kind) bool {
	switch {
	case named != "":
		return named.Is(config.KindValue)
	case len(c.classes[p.name]) > 0 || !p.numeric():
		return false
	case p.real():
		return true
	}
	return p.values == nil || p.distinct > mostClasses || p.distinct > mostLevels && called(p.name, valueNames) > 0
}

// mayValue says whether a column may be meant as the label for its numbers.
func (c *corpus) mayValue(p *profile) bool {
	return p.lists == 0 && c.isValue(p, "") && (p.real() || called(p.name, valueNames) > 0) && !p.everyRow()
}

// everyRow says whether a column has another whole number in every row, as one of ids has.
func (p *profile) everyRow() bool {
	return p.numeric() && !p.real() && p.filled() >= 20 && (p.values == nil || p.distinct >= p.filled())
}

// valueLabel describes a column of numbers.
func (c *corpus) valueLabel(p *profile, named config.Kind) (labelling, error) {
	l := labelling{one: p, kind: config.KindValue}
	where := fmt.Sprintf("%s of %s", p.name, c.tables[0].name)
	switch {
	case c.decimalCommas(p):
		return l, errkind.Errorf(ErrColumn, `%s has numbers with a decimal comma, as %s: write them with a decimal point, for example in Python: pandas.read_csv("FILE.csv", sep=%q, decimal=",").to_csv("points.csv", index=False)`,
			where, shown.Quote(p.decimalComma), string(cmp.Or(c.tables[0].delimiter, ',')))
	case !p.numeric():
		return l, errkind.Errorf(ErrColumn, "%s has no numbers, as a task of kind value needs them: %s", where, p.inWords())
	case p.everyRow() && named == "":
		return l, errkind.Errorf(ErrColumn, "%s has a different whole number in every row, as ids are: name another column with --label, or take it as a number with --kind value", where)
	case p.least == p.most:
		return l, errkind.Errorf(ErrColumn, "%s has one value in all rows, %v: there is nothing to learn; name another column with --label", where, p.least)
	}
	within := func(label string) bool { x, is := number(label); return is && x >= p.least && x <= p.most }
	c.leaveOutHidden([]*profile{p}, within, func(c cell) []string { return labelsOf(c, "") })
	l.why = fmt.Sprintf("numbers from %v to %v", p.least, p.most)
	if p.values != nil {
		l.why += fmt.Sprintf(", %s different ones", thousands(p.distinct))
	}
	if !p.real() {
		l.why += "; as classes: kind: classes, and a map labels"
	}
	return l, nil
}

// decimalCommas says whether a column has numbers such as 1,5. Where the comma may part labels too, a file with other
// delimiters, a pair of equal numbers or a leading zero decides.
func (c *corpus) decimalCommas(p *profile) bool {
	if p.commas == 0 || p.lists > 0 || 10*(p.numbers+p.commas) < 9*p.filled() {
		return false
	}
	if c.tables[0].delimiter == ';' {
		return true
	}
	for value := range p.values {
		first, second, _ := strings.Cut(value, ",")
		if first == second || len(second) > 1 && second[0] == '0' {
			return true
		}
	}
	separator, _ := separatorOf(p)
	return separator == ""
}

// takeKind decides what the labels found ask of a text, of rows that were looked at.
func (l *labelling) takeKind(named config.Kind, rows int) {
	l.kind = config.KindClasses
	switch {
	case named != "":
		l.kind = named
	case l.several*rare > rows || l.one == nil && l.none*rare > rows:
		l.kind = config.KindLabels
		l.why = fmt.Sprintf("%s of the rows have several labels, %s none; to keep rows with one label alone: kind: classes and, under data, several_labels: drop",
			share(l.several, rows), share(l.none, rows))
	case l.areLevels():
		l.kind = config.KindOrdered
		l.why = "the labels are a few whole numbers, taken as levels in their order; without an order: kind: classes; as amounts: kind: value, and no map labels"
	case l.areNumbers():
		l.why = "the labels are numbers, taken as classes in no order; as levels: kind: ordered; as amounts: kind: value, and no map labels"
	}
}

// drops says whether rows without exactly one label are left out.
func (l *labelling) drops() bool {
	parted := l.one == nil || l.separator != "" || l.one.lists > 0
	return l.kind.OneClass() && (l.several > 0 || l.none > 0 && parted)
}

// areLevels says whether the labels are a few small whole numbers that have no names.
func (l *labelling) areLevels() bool {
	if !l.areNumbers() || len(l.classes) > mostLevels || called(l.one.name, categoryNames) > 0 {
		return false
	}
	for _, k := range l.classes {
		if n, err := strconv.Atoi(k.name); err != nil || n > greatestLevel || n < -greatestLevel {
			return false
		}
	}
	return true
}

// areNumbers says whether the labels are several numbers of one column that have no names.
func (l *labelling) areNumbers() bool {
	if l.one == nil || len(l.names) > 0 || len(l.classes) < leastLevels {
		return false
	}
	for _, k := range l.classes {
		if !isNumber(k.label) {
			return false
		}
	}
	return true
}

// writeKind writes the kind with a comment; a long one stands above.
func (d *draft) writeKind(p *page) {
	const indent = "    "
	if d.label.why != "" && d.label.kind != config.KindValue {
		p.comment(indent, d.label.why)
		p.line(indent+"kind: "+string(d.label.kind), "")
	} else {
		short := map[config.Kind]string{
			config.KindClasses: "one class a text", config.KindLabels: "any number of labels a text",
			config.KindValue: d.label.why, config.KindOrdered: "one class a text, of classes in an order",
		}
		p.line(indent+"kind: "+string(d.label.kind), short[d.label.kind])
	}
	if d.label.kind.Is(config.KindLabels) {
		p.line(indent+"head_bias: prior", "new heads begin with the labels' frequencies: short trainings learn more")
	}
}

// inWords says in a few words what the label is.
func (l *labelling) inWords() string {
	columns := strings.Join(quotedList(l.columns()), ", ")
	switch l.kind {
	case config.KindValue:
		return fmt.Sprintf("label %s, a number from %v to %v", columns, l.one.least, l.one.most)
	case config.KindLabels:
		return fmt.Sprintf("label %s, any number of %d labels", columns, len(l.classes))
	case config.KindOrdered:
		return fmt.Sprintf("label %s of %d ordered levels", columns, len(l.classes))
	}
	return fmt.Sprintf("label %s of %d classes", columns, len(l.classes))
}

// differing is what the rows of one text may differ in, and their like.
func (l *labelling) differing() (one, several string) {
	switch l.kind {
	case config.KindValue:
		return "value", "several values"
	case config.KindLabels:
		return "labels", "several sets of labels"
	}
	return "class", "several classes"
}
